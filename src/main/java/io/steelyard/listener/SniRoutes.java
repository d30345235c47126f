package io.steelyard.listener;

import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.wire.ClientHello;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Where a passthrough flow goes by what its ClientHello asks for: the first route that matches, in
 * the document's order. Immutable; any thread.
 *
 * @param <G> what is routed to
 */
public final class SniRoutes<G> {

  private final List<Route<G>> routes = new ArrayList<>();

  /** Routes in the document's order, each to what the function gives for it. */
  public SniRoutes(List<SniRoute> configured, Function<SniRoute, G> targets) {
    for (SniRoute route : configured) {
      Set<String> exact = new HashSet<>();
      Set<String> wildcards = new HashSet<>();
      for (String name : route.names()) {
        if (name.startsWith("*.")) {
          wildcards.add(name.substring(1));
        } else {
          exact.add(name);
        }
      }
      routes.add(new Route<>(exact, wildcards, Set.copyOf(route.alpn()), targets.apply(route)));
    }
  }

  /** The target of the first matching route. */
  public Optional<G> route(ClientHello hello) {
    if (hello.serverName().isEmpty()) {
      return Optional.empty();
    }
    String name = hello.serverName().get();
    int dot = name.indexOf('.');
    String suffix = dot > 0 ? name.substring(dot) : "";
    for (Route<G> route : routes) {
      if (route.matches(name, suffix, hello.alpn())) {
        return Optional.of(route.target());
      }
    }
    return Optional.empty();
  }

  private record Route<G>(Set<String> exact, Set<String> wildcards, Set<String> alpn, G target) {
    boolean matches(String name, String suffix, List<String> offered) {
      if (!exact.contains(name) && !wildcards.contains(suffix)) {
        return false;
      }
      return alpn.isEmpty() || offered.stream().anyMatch(alpn::contains);
    }
  }
}
