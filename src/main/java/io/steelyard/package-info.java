/** The composition root, and what serves: sees all, seen by none. */
@NullMarked
package io.steelyard;

import org.jspecify.annotations.NullMarked;
