package io.steelyard.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TLS alerts: those we send ourselves before an engine exists, and the names of all. RFC 8446 §6.
 */
final class Alerts {

  private static final int CONTENT_ALERT = 21;
  private static final int LEVEL_FATAL = 2;

  /** BoringSSL names a received alert in its message: {@code TLSV1_ALERT_UNKNOWN_CA}. */
  private static final Pattern IN_MESSAGE = Pattern.compile("ALERT_([A-Z_]+)");

  private static final Map<Integer, String> NAMES =
      Map.of(
          10, "unexpected_message",
          22, "record_overflow",
          40, "handshake_failure",
          47, "illegal_parameter",
          50, "decode_error",
          70, "protocol_version",
          80, "internal_error",
          112, "unrecognized_name",
          120, "no_application_protocol");

  private Alerts() {}

  /** One plaintext record with a fatal alert. */
  static ByteBuf fatal(ByteBufAllocator allocator, int alert) {
    return allocator
        .buffer(7)
        .writeByte(CONTENT_ALERT)
        .writeShort(0x0301)
        .writeShort(2)
        .writeByte(LEVEL_FATAL)
        .writeByte(alert);
  }

  static String name(int alert) {
    return NAMES.getOrDefault(alert, Integer.toString(alert));
  }

  /** The name of the alert that an engine's message speaks of. */
  static @Nullable String nameIn(String message) {
    Matcher matcher = IN_MESSAGE.matcher(message);
    return matcher.find() ? matcher.group(1).toLowerCase(Locale.ROOT) : null;
  }
}
