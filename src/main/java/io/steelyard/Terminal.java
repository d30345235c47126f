package io.steelyard;

import java.io.PrintStream;

/** Where a command answers. */
record Terminal(PrintStream out, PrintStream err) {}
