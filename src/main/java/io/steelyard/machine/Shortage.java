package io.steelyard.machine;

import java.util.Locale;

/**
 * A limit of this machine that contradicts the document.
 *
 * @param limit its name
 * @param needed at least
 * @param reason where the needed number comes from
 * @param remedy what an operator can do
 */
public record Shortage(String limit, String found, String needed, String reason, String remedy) {

  /** The log line. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "limit=%s found=%s needed=%s reason=\"%s\" change=\"%s\"",
        limit,
        found,
        needed,
        reason,
        remedy);
  }
}
