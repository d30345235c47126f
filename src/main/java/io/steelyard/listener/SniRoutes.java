package io.steelyard.listener;

import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.wire.ClientHello;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a passthrough flow goes by what its ClientHello asks for: the first route that matches, in
 * the document's order.
 */
final class SniRoutes {

  private final List<Route> routes = new ArrayList<>();

  SniRoutes(List<SniRoute> configured, Map<String, GroupRuntime> groups) {
    for (SniRoute route : configured) {
      GroupRuntime group = groups.get(route.serverGroup());
      if (group == null) {
        throw new IllegalStateException("no runtime for server group " + route.serverGroup());
      }
      Set<String> exact = new HashSet<>();
      Set<String> wildcards = new HashSet<>();
      for (String name : route.names()) {
        if (name.startsWith("*.")) {
          wildcards.add(name.substring(1));
        } else {
          exact.add(name);
        }
      }
      routes.add(new Route(exact, wildcards, Set.copyOf(route.alpn()), group));
    }
  }

  /** The group of the first matching route. */
  Optional<GroupRuntime> route(ClientHello hello) {
    if (hello.serverName().isEmpty()) {
      return Optional.empty();
    }
    String name = hello.serverName().get();
    int dot = name.indexOf('.');
    String suffix = dot > 0 ? name.substring(dot) : "";
    for (Route route : routes) {
      if (route.matches(name, suffix, hello.alpn())) {
        return Optional.of(route.group());
      }
    }
    return Optional.empty();
  }

  private record Route(
      Set<String> exact, Set<String> wildcards, Set<String> alpn, GroupRuntime group) {
    boolean matches(String name, String suffix, List<String> offered) {
      if (!exact.contains(name) && !wildcards.contains(suffix)) {
        return false;
      }
      return alpn.isEmpty() || offered.stream().anyMatch(alpn::contains);
    }
  }
}
