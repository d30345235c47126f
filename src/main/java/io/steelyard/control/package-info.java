/** Decides what exists: prepare, commit, retire; status for the windows that look in. */
@NullMarked
package io.steelyard.control;

import org.jspecify.annotations.NullMarked;
