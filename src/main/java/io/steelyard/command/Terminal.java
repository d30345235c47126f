package io.steelyard.command;

import java.io.PrintStream;

/** Where a command answers. */
public record Terminal(PrintStream out, PrintStream err) {}
