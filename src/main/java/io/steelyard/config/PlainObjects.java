package io.steelyard.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Plain objects ({@code Map}, {@code List}, {@code String}, {@code Number}, {@code Boolean}, null)
 * as JSON, and as canonical YAML.
 */
public final class PlainObjects {

  private static final String HEAD =
      """
      # Written by Steelyard's admin API. Comments and layout do not survive its edits.
      """;

  private static final int INDENT = 2;

  /** Numbers whose JSON has the same characters whoever writes it, without exponents. */
  private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,17}");

  private static final Pattern DECIMAL = Pattern.compile("(?:0|[1-9][0-9]{0,8})\\.[0-9]{1,6}");

  /** Text that no version of YAML takes for anything else: words, paths, durations, IPv4. */
  private static final Pattern NEEDS_NO_QUOTES =
      Pattern.compile(
          "[A-Za-z_/][A-Za-z0-9_./+@-]*+(?: [A-Za-z0-9_./+@-]++)*+"
              + "|[0-9]{1,9}(?:\\.[0-9]{1,9})?(?:ms|s|m|h|d|%)"
              + "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?");

  /** Words of YAML 1.1 and 1.2 that are not text. */
  private static final Set<String> WORDS =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf");

  /** YAML allows a key of 1024 characters on one line with its value; what is longer is marked. */
  private static final int MAX_PLAIN_KEY = 512;

  private PlainObjects() {}

  /** What a value of the text is in plain objects. */
  static @Nullable Object value(Node.Scalar scalar) {
    if (scalar.absent()) {
      return null;
    }
    String written = scalar.written();
    if (!scalar.plain()) {
      return written;
    }
    return switch (written) {
      case "true" -> true;
      case "false" -> false;
      case String number when WHOLE.matcher(number).matches() -> Long.valueOf(number);
      case String number when DECIMAL.matcher(number).matches() -> new BigDecimal(number);
      default -> written;
    };
  }

  /**
   * One line of JSON.
   *
   * @param object of the kinds named above, all through; no number that is infinite or none
   */
  public static String json(@Nullable Object object) {
    StringBuilder text = new StringBuilder();
    json(object, text);
    return text.toString();
  }

  private static void json(@Nullable Object object, StringBuilder text) {
    switch (object) {
      case Map<?, ?> map -> {
        text.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          text.append(separator);
          quoted(String.valueOf(entry.getKey()), text);
          text.append(':');
          json(entry.getValue(), text);
          separator = ",";
        }
        text.append('}');
      }
      case List<?> list -> {
        text.append('[');
        String separator = "";
        for (Object item : list) {
          text.append(separator);
          json(item, text);
          separator = ",";
        }
        text.append(']');
      }
      case String string -> quoted(string, text);
      case null, default -> text.append(bare(object));
    }
  }

  static String yaml(Map<String, @Nullable Object> objects) {
    StringBuilder text = new StringBuilder(HEAD);
    if (objects.isEmpty()) {
      return text.append("{}\n").toString();
    }
    mapping(objects, 0, false, text);
    return text.toString();
  }

  /**
   * A block of keys.
   *
   * @param inline whether the first key goes on in the line begun
   */
  private static void mapping(Map<?, ?> map, int indent, boolean inline, StringBuilder text) {
    boolean begun = inline;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!begun) {
        indent(indent, text);
      }
      begun = false;
      StringBuilder key = new StringBuilder();
      word(String.valueOf(entry.getKey()), key);
      if (key.length() > MAX_PLAIN_KEY) {
        text.append("? ").append(key).append('\n');
        indent(indent, text);
      } else {
        text.append(key);
      }
      text.append(':');
      below(entry.getValue(), indent, text);
    }
  }

  private static void sequence(List<?> list, int indent, StringBuilder text) {
    for (Object item : list) {
      indent(indent, text);
      text.append('-');
      if (item instanceof Map<?, ?> map && !map.isEmpty()) {
        text.append(' ');
        mapping(map, indent + INDENT, true, text);
      } else {
        below(item, indent, text);
      }
    }
  }

  /** What follows a key's colon or an item's dash, to the end of the line and below. */
  private static void below(@Nullable Object value, int indent, StringBuilder text) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        text.append('\n');
        mapping(map, indent + INDENT, false, text);
      }
      case List<?> list when !list.isEmpty() -> {
        text.append('\n');
        sequence(list, indent + INDENT, text);
      }
      case Map<?, ?> empty -> text.append(" {}\n");
      case List<?> empty -> text.append(" []\n");
      case String string -> {
        text.append(' ');
        word(string, text);
        text.append('\n');
      }
      case null, default -> text.append(' ').append(bare(value)).append('\n');
    }
  }

  private static String bare(@Nullable Object value) {
    return value instanceof BigDecimal number ? number.toPlainString() : String.valueOf(value);
  }

  private static void indent(int spaces, StringBuilder text) {
    text.repeat(' ', spaces);
  }

  private static void word(String string, StringBuilder text) {
    if (NEEDS_NO_QUOTES.matcher(string).matches()
        && !WORDS.contains(string.toLowerCase(Locale.ROOT))) {
      text.append(string);
    } else {
      quoted(string, text);
    }
  }

  /** In double quotes, on one line, with escapes that YAML 1.1 and JSON share. */
  private static void quoted(String string, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < string.length(); ) {
      int codePoint = string.codePointAt(i);
      i += Character.charCount(codePoint);
      switch (codePoint) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        default -> {
          if (Shown.isHarmless(codePoint)) {
            text.appendCodePoint(codePoint);
          } else {
            for (char unit : Character.toChars(codePoint)) {
              text.append("\\u").append(Integer.toHexString(0x10000 | unit), 1, 5);
            }
          }
        }
      }
    }
    text.append('"');
  }
}
