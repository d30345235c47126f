package io.steelyard.control;

import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import java.util.Locale;

/** Words for an address and port that cannot be bound. */
final class BindProblem {

  /** Below, Linux lets only the privileged bind (ip_unprivileged_port_start). */
  private static final int FIRST_UNPRIVILEGED_PORT = 1024;

  private BindProblem() {}

  /** Adds the problem at the listener's port, or at its address where that is to blame. */
  static void add(ListenerConfig listener, Throwable cause, Problems problems) {
    String reason = reason(cause);
    String path = "listeners[" + listener.name() + "]";
    int port = listener.port();
    String found = endpoint(listener.address(), port) + ": " + reason;
    String words = reason.toLowerCase(Locale.ROOT);
    if (words.contains("in use")) {
      problems.error(
          path + ".port",
          found,
          "a free port: choose another, or stop the process that holds it (`ss -ltnp sport = :"
              + port
              + "` shows it)");
      return;
    }
    if (words.contains("permission") && port < FIRST_UNPRIVILEGED_PORT) {
      problems.error(
          path + ".port",
          found,
          "a port from 1024, or the capability CAP_NET_BIND_SERVICE for this process");
      return;
    }
    if (words.contains("assign")) {
      problems.error(path + ".address", found, "an address of this machine");
      return;
    }
    problems.error(path + ".port", found, "an address and port that can be bound");
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    if (message == null) {
      return cause.getClass().getSimpleName();
    }
    // Netty: bind(..) failed with error(-98): Address already in use
    return message.substring(message.lastIndexOf(": ") + 1).strip();
  }

  /** {@code 192.0.2.1:443}, {@code [::]:443}. */
  static String endpoint(String address, int port) {
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }
}
