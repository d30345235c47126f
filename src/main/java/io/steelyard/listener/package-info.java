/** From a bound port to an admitted flow; open flows and their drain. */
@NullMarked
package io.steelyard.listener;

import org.jspecify.annotations.NullMarked;
