/** The composition root and the commands: sees all, seen by none. */
@NullMarked
package io.steelyard;

import org.jspecify.annotations.NullMarked;
