package io.steelyard.control;

import io.steelyard.config.Cidr;
import io.steelyard.config.ListenerConfig;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which listener a client reaches, as the kernel would choose: the one bound to the very address,
 * else the wildcard's.
 */
record ListenerChoice(Optional<ListenerConfig> listener, String why) {

  static ListenerChoice of(List<ListenerConfig> all, ExplainRequest request) {
    List<ListenerConfig> onPort =
        all.stream().filter(listener -> listener.port() == request.port()).toList();
    List<ListenerConfig> enabled = onPort.stream().filter(ListenerConfig::enabled).toList();
    if (enabled.isEmpty()) {
      return new ListenerChoice(
          Optional.empty(),
          onPort.isEmpty()
              ? "no listener has port " + request.port()
              : "listener " + onPort.getFirst().name() + " is not enabled");
    }
    if (request.address().isEmpty()) {
      ListenerConfig first = enabled.getFirst();
      return new ListenerChoice(
          Optional.of(first),
          enabled.size() == 1
              ? "listens on " + place(first)
              : "the first of "
                  + enabled.size()
                  + " on port "
                  + request.port()
                  + ", on "
                  + first.address()
                  + "; the address decides");
    }
    InetAddress address = request.address().get();
    Optional<ListenerConfig> found =
        enabled.stream()
            .filter(listener -> bound(listener).equals(address))
            .findFirst()
            .or(() -> enabled.stream().filter(listener -> covers(listener, address)).findFirst());
    return new ListenerChoice(
        found,
        found
            .map(listener -> "listens on " + place(listener))
            .orElse("none listens on that address"));
  }

  private static boolean covers(ListenerConfig listener, InetAddress address) {
    InetAddress bound = bound(listener);
    // The wildcard of IPv6 accepts both families.
    return bound.isAnyLocalAddress()
        && (!(bound instanceof Inet4Address) || address instanceof Inet4Address);
  }

  private static InetAddress bound(ListenerConfig listener) {
    return Cidr.parse(listener.address()).orElseThrow().address();
  }

  private static String place(ListenerConfig listener) {
    return BindProblem.endpoint(listener.address(), listener.port());
  }
}
