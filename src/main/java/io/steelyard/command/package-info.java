/** The command line, and the commands that answer and exit: each asks, tells, and is done. */
@NullMarked
package io.steelyard.command;

import org.jspecify.annotations.NullMarked;
