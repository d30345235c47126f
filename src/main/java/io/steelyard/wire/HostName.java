package io.steelyard.wire;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A DNS host name as SNI may carry it: labels of letters, digits and inner hyphens (RFC 5890
 * §2.3.1), 63 bytes each, 253 together. Underscores pass too: clients send names with them, and a
 * wildcard certificate or route answers them.
 */
final class HostName {

  private static final int MAX_BYTES = 253;
  private static final int MAX_LABEL_BYTES = 63;

  private HostName() {}

  /**
   * The name in lower case without a trailing dot; null where it is none. IP literals are none (RFC
   * 6066 §3), nor is any name that ends in a number, which address parsers may take for IPv4.
   */
  static @Nullable String parse(Cursor name) {
    if (name.remaining() > MAX_BYTES + 1) {
      return null;
    }
    byte[] text = name.rest();
    int length = text.length;
    if (length > 0 && text[length - 1] == '.') {
      length--;
    }
    if (length == 0 || length > MAX_BYTES) {
      return null;
    }
    int labelStart = 0;
    for (int i = 0; i <= length; i++) {
      if (i == length || text[i] == '.') {
        if (!isLabel(text, labelStart, i)) {
          return null;
        }
        if (i == length && isNumber(text, labelStart, i)) {
          return null;
        }
        labelStart = i + 1;
      }
    }
    return new String(text, 0, length, StandardCharsets.US_ASCII);
  }

  /** Whether it is one; turns its capitals into small letters on the way. */
  private static boolean isLabel(byte[] text, int from, int to) {
    if (to == from || to - from > MAX_LABEL_BYTES || text[from] == '-' || text[to - 1] == '-') {
      return false;
    }
    for (int i = from; i < to; i++) {
      byte c = text[i];
      if (c >= 'A' && c <= 'Z') {
        text[i] = (byte) (c + ('a' - 'A'));
      } else if (!(c >= 'a' && c <= 'z') && !isDigit(c) && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumber(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isDigit(text[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }
}
