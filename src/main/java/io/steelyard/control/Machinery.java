package io.steelyard.control;

import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ListenerConfig;
import io.steelyard.flow.FlowObserver;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.Groups;
import io.steelyard.listener.Listener;
import io.steelyard.listener.ListenerSettings;
import io.steelyard.listener.Loops;
import io.steelyard.listener.Ports;
import io.steelyard.relay.Clients;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What stays the same for all revisions of one process, and builds the parts of each. */
public record Machinery(
    Vertx vertx,
    Loops loops,
    Ports ports,
    Clients clients,
    TlsEngine engine,
    FlowObserver flows,
    ProbeObserver probes) {

  /**
   * With ports and clients of its own.
   *
   * @param takeover see {@link Ports}
   */
  public Machinery(
      Vertx vertx,
      Loops loops,
      boolean takeover,
      TlsEngine engine,
      FlowObserver flows,
      ProbeObserver probes) {
    this(
        vertx,
        loops,
        new Ports(vertx, loops, flows, takeover),
        new Clients(vertx),
        engine,
        flows,
        probes);
  }

  /** Everything a loaded document asks for; nothing is bound, no probe runs. */
  Snapshot build(LoadedDocument loaded) {
    BalancerDocument document = loaded.document();
    List<ServerGroup> groups = document.serverGroups().stream().map(ServerGroup::new).toList();
    Groups runtimes =
        new Groups(
            groups.stream()
                .map(group -> new GroupRuntime(clients, group, group.config(), tls(group, loaded)))
                .toList());
    return new Snapshot(
        loaded,
        runtimes,
        groups.stream().map(group -> checker(group, loaded)).toList(),
        document.listeners().stream()
            .filter(ListenerConfig::enabled)
            .map(config -> listener(config, loaded, runtimes))
            .toList(),
        new ConcurrentHashMap<>());
  }

  private HealthChecker checker(ServerGroup group, LoadedDocument loaded) {
    HealthChecker checker = new HealthChecker(vertx, group, probes);
    checker.follow(group.config(), tls(group, loaded));
    return checker;
  }

  private static Optional<BackendTls> tls(ServerGroup group, LoadedDocument loaded) {
    return Optional.ofNullable(loaded.backendTls().get(group.config().name()));
  }

  private Listener listener(ListenerConfig config, LoadedDocument loaded, Groups groups) {
    return new Listener(
        config.name(),
        loops,
        flows,
        ListenerSettings.of(
            config,
            Optional.ofNullable(loaded.serverTls().get(config.name())),
            Optional.ofNullable(loaded.access().get(config.name())),
            groups));
  }
}
