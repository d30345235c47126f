package io.steelyard.telemetry;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Lines of JSON as the bytes they are written as (RFC 8259, UTF-8), in one buffer that is used
 * again: what {@link JsonText} makes of the same values, without an object per line. One thread.
 */
final class LineBytes {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

  /** A character of a string becomes at most a {@code \}{@code uXXXX}. */
  private static final int MAX_CHARACTER_BYTES = 6;

  private static final int MAX_NUMBER_BYTES = 20;
  private static final long NANOS_PER_MICRO = TimeUnit.MICROSECONDS.toNanos(1);
  private static final long MICROS_PER_SECOND = TimeUnit.SECONDS.toMicros(1);
  private static final long MILLIS_PER_DAY = TimeUnit.DAYS.toMillis(1);

  private byte[] bytes;
  private int length;

  /** The day whose date was written last, since 1970, and its date. */
  private long day = Long.MIN_VALUE;

  private byte[] date = {};

  LineBytes(int capacity) {
    bytes = new byte[capacity];
  }

  /** A key within an object, with the comma before it and the colon behind it. */
  static byte[] key(String name) {
    return (",\"" + name + "\":").getBytes(StandardCharsets.US_ASCII);
  }

  /** The buffer; what is written lies at its beginning. */
  byte[] buffer() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Drops what was written behind that length. */
  void cut(int kept) {
    length = kept;
  }

  /** Bytes as they are. */
  LineBytes raw(byte[] fragment) {
    reserve(fragment.length);
    System.arraycopy(fragment, 0, bytes, length, fragment.length);
    length += fragment.length;
    return this;
  }

  /** One ASCII character as it is. */
  LineBytes raw(char character) {
    reserve(1);
    bytes[length++] = (byte) character;
    return this;
  }

  LineBytes truth(boolean value) {
    return raw(value ? TRUE : FALSE);
  }

  LineBytes number(long value) {
    if (value < 0) {
      return raw(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }
    reserve(MAX_NUMBER_BYTES);
    digits(value);
    return this;
  }

  /** A time span in seconds, to the microsecond. */
  LineBytes seconds(long nanos) {
    long micros = (Math.abs(nanos) + NANOS_PER_MICRO / 2) / NANOS_PER_MICRO;
    if (nanos < 0) {
      raw('-');
    }
    number(micros / MICROS_PER_SECOND);
    reserve(7);
    bytes[length++] = '.';
    padded((int) (micros % MICROS_PER_SECOND), 6);
    return this;
  }

  /** A moment as ISO 8601 in UTC, quoted; milliseconds where it has any. */
  LineBytes time(long epochMillis) {
    long today = Math.floorDiv(epochMillis, MILLIS_PER_DAY);
    if (today != day) {
      day = today;
      date = ("\"" + LocalDate.ofEpochDay(today) + "T").getBytes(StandardCharsets.US_ASCII);
    }
    raw(date);
    int millis = (int) (epochMillis - today * MILLIS_PER_DAY);
    reserve(14);
    padded(millis / 3_600_000, 2);
    bytes[length++] = ':';
    padded(millis / 60_000 % 60, 2);
    bytes[length++] = ':';
    padded(millis / 1000 % 60, 2);
    if (millis % 1000 != 0) {
      bytes[length++] = '.';
      padded(millis % 1000, 3);
    }
    bytes[length++] = 'Z';
    bytes[length++] = '"';
    return this;
  }

  /** An IPv4 address as its four numbers. */
  LineBytes ipv4(int address) {
    reserve(15);
    digits(address >>> 24);
    bytes[length++] = '.';
    digits(address >>> 16 & 0xff);
    bytes[length++] = '.';
    digits(address >>> 8 & 0xff);
    bytes[length++] = '.';
    digits(address & 0xff);
    return this;
  }

  /** A string, quoted. */
  LineBytes string(String value) {
    return raw('"').text(value).raw('"');
  }

  /** What stands between a string's quotes: lone surrogates are escaped, so that it is UTF-8. */
  LineBytes text(String value) {
    int count = value.length();
    reserve(count * MAX_CHARACTER_BYTES);
    byte[] into = bytes;
    int at = length;
    for (int i = 0; i < count; i++) {
      char c = value.charAt(i);
      if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
        length = at;
        special(value, i);
        return this;
      }
      into[at++] = (byte) c;
    }
    length = at;
    return this;
  }

  /** The rest of a string, from a character that does not stand for itself. Room is reserved. */
  private void special(String value, int from) {
    int i = from;
    while (i < value.length()) {
      int c = value.codePointAt(i);
      i += Character.charCount(c);
      if (c == '"' || c == '\\') {
        bytes[length++] = '\\';
        bytes[length++] = (byte) c;
      } else if (JsonText.mustEscape(c)) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
          bytes[length++] = HEX[c >> shift & 0xf];
        }
      } else {
        utf8(c);
      }
    }
  }

  /** RFC 3629 §3. */
  private void utf8(int c) {
    if (c < 0x80) {
      bytes[length++] = (byte) c;
      return;
    }
    if (c < 0x800) {
      bytes[length++] = (byte) (0xc0 | c >> 6);
    } else {
      if (c < 0x10000) {
        bytes[length++] = (byte) (0xe0 | c >> 12);
      } else {
        bytes[length++] = (byte) (0xf0 | c >> 18);
        bytes[length++] = (byte) (0x80 | c >> 12 & 0x3f);
      }
      bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
    }
    bytes[length++] = (byte) (0x80 | c & 0x3f);
  }

  /** A number that is not negative, into room that is reserved. */
  private void digits(long value) {
    int count = 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
      count++;
    }
    long rest = value;
    for (int at = length + count - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += count;
  }

  /** A number with zeros before it, into room that is reserved. */
  private void padded(int value, int count) {
    int rest = value;
    for (int at = length + count - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += count;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
