package io.steelyard.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * No two listeners on one port of one address. The wildcard of a family holds the port on every
 * address of it; {@code ::} accepts both families and holds it on all.
 */
final class PortRules {

  private final Map<Integer, Port> ports = new HashMap<>();

  private PortRules() {}

  static void check(List<Located<ListenerConfig>> listeners, Problems problems) {
    PortRules rules = new PortRules();
    for (Located<ListenerConfig> listener : listeners) {
      String path = listener.path() + ".port";
      ListenerConfig config = listener.config();
      // 0 is the placeholder of a port that has its problem already.
      if (config.port() == 0
          || problems.hasErrorAt(path)
          || problems.hasErrorAt(listener.path() + ".address")) {
        continue;
      }
      InetAddress address = IpLiteral.parse(config.address()).orElseThrow();
      Port port = rules.ports.computeIfAbsent(config.port(), number -> new Port());
      String other = port.take(address, listener.path());
      if (other != null) {
        problems.error(
            path, config.port() + ", which " + other + " has", "another port or address");
      }
    }
  }

  /** Who holds one port. */
  private static final class Port {
    private final Map<InetAddress, String> holders = new HashMap<>();
    private @Nullable String first;
    private @Nullable String firstOfV4;
    private @Nullable String wildcardOfV4;
    private @Nullable String wildcardOfBoth;

    /**
     * The path of a listener that the address clashes with; null where it is free, and then taken.
     */
    @Nullable String take(InetAddress address, String path) {
      boolean v4 = address instanceof Inet4Address;
      boolean wildcard = address.isAnyLocalAddress();
      String other = holders.get(address);
      if (other == null) {
        other = wildcardOfBoth;
      }
      if (other == null && v4) {
        other = wildcard ? firstOfV4 : wildcardOfV4;
      }
      if (other == null && wildcard && !v4) {
        other = first;
      }
      if (other == null) {
        hold(address, path, v4, wildcard);
      }
      return other;
    }

    private void hold(InetAddress address, String path, boolean v4, boolean wildcard) {
      holders.put(address, path);
      first = first == null ? path : first;
      if (v4) {
        firstOfV4 = firstOfV4 == null ? path : firstOfV4;
        wildcardOfV4 = wildcard ? path : wildcardOfV4;
      } else if (wildcard) {
        wildcardOfBoth = path;
      }
    }
  }
}
