package io.steelyard;

import io.vertx.core.Vertx;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How sockets are driven.
 *
 * @param missing why epoll is not in use where it should be
 */
record Transport(String name, Optional<String> missing) {

  /** What that Vert.x, which was asked for the native transport, got. */
  static Transport of(Vertx vertx) {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    if (vertx.isNativeTransportEnabled()) {
      return new Transport(linux ? "epoll" : "kqueue", Optional.empty());
    }
    return new Transport(
        "nio",
        linux ? Optional.of(reason(vertx.unavailableNativeTransportCause())) : Optional.empty());
  }

  private static String reason(@Nullable Throwable cause) {
    if (cause == null) {
      return "quarkus.vertx.prefer-native-transport is off";
    }
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }
}
