package io.steelyard.control;

import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ListenerConfig;
import io.steelyard.flow.FlowObserver;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.Groups;
import io.steelyard.listener.Listener;
import io.steelyard.listener.Loops;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;

/** What stays the same for all revisions of one process, and builds the parts of each. */
public record Machinery(
    Vertx vertx, Loops loops, TlsEngine engine, FlowObserver flows, ProbeObserver probes) {

  /** Everything a loaded document asks for; nothing is bound, no probe runs. */
  Snapshot build(LoadedDocument loaded) {
    BalancerDocument document = loaded.document();
    List<ServerGroup> groups = document.serverGroups().stream().map(ServerGroup::new).toList();
    Groups runtimes = new Groups(vertx, groups, loaded.backendTls());
    return new Snapshot(
        loaded,
        runtimes,
        groups.stream().map(group -> checker(group, loaded)).toList(),
        document.listeners().stream()
            .filter(ListenerConfig::enabled)
            .map(config -> listener(config, loaded, runtimes))
            .toList());
  }

  private HealthChecker checker(ServerGroup group, LoadedDocument loaded) {
    return new HealthChecker(
        vertx, group, Optional.ofNullable(loaded.backendTls().get(group.config().name())), probes);
  }

  private Listener listener(ListenerConfig config, LoadedDocument loaded, Groups groups) {
    return Listener.prepare(
        vertx,
        loops,
        config,
        new Listener.Parts(
            Optional.ofNullable(loaded.serverTls().get(config.name())),
            Optional.ofNullable(loaded.access().get(config.name())),
            groups),
        flows);
  }
}
