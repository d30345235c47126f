package io.steelyard.telemetry;

/** A JSON object written key by key on one line (RFC 8259). One thread. */
public final class JsonText {

  private static final char FIRST_PRINTABLE = 0x20;
  private static final char DELETE = 0x7f;

  /**
   * Line separators that JSON allows in strings but that some readers take for the end of a line.
   */
  private static final char LINE_SEPARATOR = 0x2028;

  private static final char PARAGRAPH_SEPARATOR = 0x2029;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder text;
  private boolean first = true;

  /** Opens an object at the end of that text. */
  public JsonText(StringBuilder text) {
    this.text = text.append('{');
  }

  /** Adds a string. */
  public JsonText put(String key, String value) {
    key(key);
    quote(text, value);
    return this;
  }

  /** Adds a whole number. */
  public JsonText put(String key, long value) {
    key(key).append(value);
    return this;
  }

  /** Adds a truth value. */
  public JsonText put(String key, boolean value) {
    key(key).append(value);
    return this;
  }

  /** Adds an array of strings. */
  public JsonText put(String key, Iterable<String> values) {
    key(key).append('[');
    boolean firstValue = true;
    for (String value : values) {
      if (!firstValue) {
        text.append(',');
      }
      firstValue = false;
      quote(text, value);
    }
    text.append(']');
    return this;
  }

  /** Adds text that is JSON already. */
  public JsonText putRaw(String key, CharSequence json) {
    key(key).append(json);
    return this;
  }

  /** Closes the object. */
  public void end() {
    text.append('}');
  }

  private StringBuilder key(String key) {
    if (!first) {
      text.append(',');
    }
    first = false;
    quote(text, key);
    return text.append(':');
  }

  /**
   * Appends the value as a JSON string; lone surrogates are escaped, so that the line is always
   * valid UTF-8.
   */
  static void quote(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        text.append(c).append(value.charAt(++i));
      } else if (mustEscape(c)) {
        text.append("\\u")
            .append(HEX[c >> 12])
            .append(HEX[(c >> 8) & 0xf])
            .append(HEX[(c >> 4) & 0xf])
            .append(HEX[c & 0xf]);
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  /** Whether that code point, or surrogate that stands alone, goes out as its number. */
  static boolean mustEscape(int c) {
    return c < FIRST_PRINTABLE
        || c == DELETE
        || c == LINE_SEPARATOR
        || c == PARAGRAPH_SEPARATOR
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }
}
