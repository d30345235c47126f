package io.steelyard.config;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * IP literals to addresses and back. Strict and without any name look-up: what is not a literal is
 * absent, never asked of DNS.
 */
public final class IpLiteral {

  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  // No leading zeros: other tools read 010 as octal. Possessive and bounded, so linear on any
  // input.
  private static final Pattern V4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
  private static final Pattern V6_CHARACTERS = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

  private IpLiteral() {}

  /**
   * The address of an IPv4 literal of four decimal numbers, or of an IPv6 literal without brackets
   * and scope. An IPv4-mapped IPv6 literal gives the IPv4 address.
   */
  public static Optional<InetAddress> parse(String text) {
    if (V4.matcher(text).matches()) {
      return Optional.of(InetAddress.ofLiteral(text));
    }
    int lastColon = text.lastIndexOf(':');
    if (lastColon < 0 || !V6_CHARACTERS.matcher(text).matches()) {
      return Optional.empty();
    }
    String tail = text.substring(lastColon + 1);
    if (tail.indexOf('.') >= 0 && !V4.matcher(tail).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException notALiteral) {
      return Optional.empty();
    }
  }

  /**
   * The canonical text: dotted decimal, or RFC 5952 (longest run of zeros shortened, lower case).
   */
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int[] words = new int[8];
    for (int i = 0; i < words.length; i++) {
      words[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    return shortened(words);
  }

  private static String shortened(int[] words) {
    int runStart = -1;
    int runLength = 1; // RFC 5952 section 4.2.2: a single zero is written out
    for (int start = 0; start < words.length; start++) {
      int end = start;
      while (end < words.length && words[end] == 0) {
        end++;
      }
      if (end - start > runLength) {
        runStart = start;
        runLength = end - start;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < words.length; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(words[i]));
    }
    return text.toString();
  }
}
