package io.steelyard.command;

/** What the process says when it ends. */
public final class ExitCode {

  public static final int OK = 0;

  /** The document or a setting has a problem, or the start failed. */
  public static final int PROBLEM = 1;

  /** A file given cannot be read. */
  public static final int UNREADABLE = 2;

  /** Two documents differ, and the command was asked to say so by its exit code. */
  public static final int DIFFERENT = 3;

  /** The admin API does not know, or does not let, who asks: EX_NOPERM of BSD's sysexits.h. */
  public static final int NOT_PERMITTED = 77;

  /** The command line is wrong: EX_USAGE of BSD's sysexits.h. */
  public static final int USAGE = 64;

  /** Plus the signal's number: ended at once by a second signal, as shells count it. */
  public static final int SIGNAL = 128;

  private ExitCode() {}
}
