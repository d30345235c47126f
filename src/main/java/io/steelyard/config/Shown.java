package io.steelyard.config;

/**
 * Text of unknown origin made fit for a problem: one line, short, nothing that moves a terminal's
 * cursor.
 */
final class Shown {

  /** Longest piece of a document that a problem repeats. */
  static final int MAX_LENGTH = 80;

  private Shown() {}

  /**
   * What stands there, fit to be shown: never long, never of several lines (keys in PEM are), never
   * expanded.
   */
  static String of(Node node) {
    return switch (node) {
      case Node.Mapping mapping -> "keys and values";
      case Node.Sequence sequence -> "a list";
      case Node.Scalar scalar when scalar.absent() -> "no value";
      case Node.Scalar scalar when scalar.written().isEmpty() -> "empty text";
      case Node.Scalar scalar
          when scalar.written().indexOf('\n') >= 0 || scalar.written().contains("-----BEGIN") ->
          "text of several lines, not shown";
      case Node.Scalar scalar -> of(scalar.written());
    };
  }

  static String of(String text) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 1);
    int index = 0;
    while (index < text.length()) {
      if (shown.length() >= MAX_LENGTH) {
        return shown.append('…').toString();
      }
      int codePoint = text.codePointAt(index);
      index += Character.charCount(codePoint);
      if (isHarmless(codePoint)) {
        shown.appendCodePoint(codePoint);
      } else {
        shown.append("\\u").append(Integer.toHexString(0x10000 | codePoint & 0xffff), 1, 5);
      }
    }
    return shown.toString();
  }

  /** Also refuses format characters: bidirectional overrides make a terminal show another text. */
  static boolean isHarmless(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
