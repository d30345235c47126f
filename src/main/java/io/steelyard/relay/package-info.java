/** The hot path: dialing a backend and copying both ways. */
@NullMarked
package io.steelyard.relay;

import org.jspecify.annotations.NullMarked;
