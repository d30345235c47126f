package io.steelyard.machine;

import io.netty.channel.epoll.Epoll;
import io.vertx.core.Vertx;
import java.util.Locale;
import java.util.Optional;

/**
 * How sockets are driven.
 *
 * @param missing why epoll is not in use where it should be
 */
public record Transport(String name, Optional<String> missing) {

  /** What that Vert.x, which was asked for the native transport, got. */
  public static Transport of(Vertx vertx) {
    if (vertx.isNativeTransportEnabled()) {
      return new Transport(isLinux() ? "epoll" : "kqueue", Optional.empty());
    }
    // Vert.x falls back to a transport that knows no reason.
    return new Transport(
        "nio",
        isLinux()
            ? unavailable().or(() -> Optional.of("quarkus.vertx.prefer-native-transport is off"))
            : Optional.empty());
  }

  /** What a Vert.x would get on this machine; opens nothing. */
  public static Transport ofThisMachine() {
    return Epoll.isAvailable()
        ? new Transport("epoll", Optional.empty())
        : new Transport("nio", isLinux() ? unavailable() : Optional.empty());
  }

  private static Optional<String> unavailable() {
    if (Epoll.isAvailable()) {
      return Optional.empty();
    }
    Throwable root = Epoll.unavailabilityCause();
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = root.getMessage() == null ? root.toString() : root.getMessage();
    return Optional.of("netty_transport_native_epoll cannot be loaded: " + reason);
  }

  private static boolean isLinux() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
  }
}
