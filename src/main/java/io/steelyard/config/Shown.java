package io.steelyard.config;

/**
 * Text of unknown origin made fit for a problem: one line, short, nothing that moves a terminal's
 * cursor.
 */
final class Shown {

  /** Longest piece of a document that a problem repeats. */
  static final int MAX_LENGTH = 80;

  private Shown() {}

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
