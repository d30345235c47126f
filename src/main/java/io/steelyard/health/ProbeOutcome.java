package io.steelyard.health;

import java.util.Locale;

/**
 * What one probe came to.
 *
 * @param text for people; one line, no control characters, bounded
 */
record ProbeOutcome(Reason reason, String text) {

  /**
   * Certificates and status lines can make a failure's text long; a log line and a status page need
   * the beginning.
   */
  private static final int MAX_TEXT_CHARS = 200;

  ProbeOutcome {
    text = printable(text);
  }

  static ProbeOutcome ok(String text) {
    return new ProbeOutcome(Reason.OK, text);
  }

  boolean success() {
    return reason == Reason.OK;
  }

  /**
   * Parts of the text may come from the peer (a certificate's names), and end up in logs: nothing
   * may end the line.
   */
  private static String printable(String text) {
    String cut = text.length() > MAX_TEXT_CHARS ? text.substring(0, MAX_TEXT_CHARS) : text;
    StringBuilder kept = new StringBuilder(cut.length());
    cut.chars().forEach(c -> kept.append(isPrintable(c) ? (char) c : '?'));
    return kept.toString();
  }

  private static boolean isPrintable(int c) {
    return c >= ' ' && c < 0x7f && c != '"';
  }

  /** The closed list of reason codes. */
  enum Reason {
    OK,
    REFUSED,
    TIMEOUT,
    RESET,
    UNREACHABLE,
    TLS,
    /** The HTTP status is not an expected one. */
    STATUS,
    /** What came is not an HTTP response. */
    PROTOCOL,
    /** This process or machine has no file descriptor left. */
    FILES,
    /** This machine has no local port or address left to connect from. */
    NO_PORT;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
      return label;
    }

    /** False where the shortage is ours: such a probe says nothing about the backend. */
    boolean concernsBackend() {
      return this != FILES && this != NO_PORT;
    }
  }
}
