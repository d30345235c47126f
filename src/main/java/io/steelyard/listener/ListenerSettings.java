package io.steelyard.listener;

import io.steelyard.config.ListenerConfig;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.relay.Relay;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.Shared;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What new flows of a listener are accepted under: one revision's configuration with everything it
 * names. Immutable; any thread. A flow keeps it until it is relayed, so that settings that were
 * replaced go while the flows accepted under them live on.
 */
public final class ListenerSettings extends Shared {

  private final ListenerConfig config;
  private final Optional<ServerTls> tls;
  private final Optional<AccessList> access;
  private final Optional<SniRoutes<GroupRuntime>> routes;
  private final Optional<GroupRuntime> defaultGroup;
  private final Set<GroupRuntime> groups = new HashSet<>();
  private final Relay.Timeouts timeouts;

  private ListenerSettings(
      ListenerConfig config,
      Optional<ServerTls> tls,
      Optional<AccessList> access,
      Function<String, GroupRuntime> groups) {
    this.config = config;
    this.tls = tls;
    this.access = access;
    this.defaultGroup = config.serverGroup().map(groups);
    Map<String, GroupRuntime> routed = new HashMap<>();
    config.sniRoutes().forEach(route -> routed.computeIfAbsent(route.serverGroup(), groups));
    this.routes =
        config.sniRoutes().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new SniRoutes<>(
                    config.sniRoutes(),
                    route -> Objects.requireNonNull(routed.get(route.serverGroup()))));
    this.timeouts =
        new Relay.Timeouts(config.idleTimeout().toNanos(), config.halfCloseTimeout().toNanos());
    this.groups.addAll(routed.values());
    defaultGroup.ifPresent(this.groups::add);
    this.groups.forEach(Shared::retain);
    tls.ifPresent(Shared::retain);
  }

  /**
   * Settings with one user, the caller.
   *
   * @param tls present exactly for TCPSSL; retained
   * @param groups every server group that the configuration names; those are retained
   */
  public static ListenerSettings of(
      ListenerConfig config,
      Optional<ServerTls> tls,
      Optional<AccessList> access,
      Function<String, GroupRuntime> groups) {
    return new ListenerSettings(config, tls, access, groups);
  }

  public ListenerConfig config() {
    return config;
  }

  Optional<ServerTls> tls() {
    return tls;
  }

  Optional<AccessList> access() {
    return access;
  }

  Optional<SniRoutes<GroupRuntime>> routes() {
    return routes;
  }

  Optional<GroupRuntime> defaultGroup() {
    return defaultGroup;
  }

  /** Whether a flow begins with bytes that are read here, before it has a backend. */
  boolean readsFirst() {
    return tls.isPresent() || routes.isPresent();
  }

  Relay.Timeouts timeouts() {
    return timeouts;
  }

  @Override
  protected void destroy() {
    groups.forEach(Shared::release);
    tls.ifPresent(Shared::release);
  }
}
