package io.steelyard.config;

/**
 * One thing wrong (or, as a warning, doubtful) in a document, with its place.
 *
 * @param line 1-based; 0 where the place is not in the text
 * @param column 1-based; 0 where the place is not in the text
 * @param path such as {@code listeners[web].port}
 * @param found what stands there, never a secret
 * @param expected what would be right
 */
public record Problem(
    Severity severity,
    String file,
    int line,
    int column,
    String path,
    String found,
    String expected) {

  /** A warning never changes an outcome. */
  public enum Severity {
    ERROR,
    WARNING
  }

  /** {@code file:line:column: path: found (expected: …)}. */
  public String text() {
    String place = line > 0 ? file + ":" + line + ":" + column : file;
    String prefix = severity == Severity.WARNING ? "warning: " : "";
    return place + ": " + prefix + path + ": " + found + " (expected: " + expected + ")";
  }
}
