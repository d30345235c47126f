package io.steelyard.control;

import io.steelyard.config.ListenerConfig;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.AccessList;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Groups;
import io.steelyard.listener.Listener;
import io.steelyard.listener.ListenerSettings;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.ServerTls;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that runs under one revision, as one immutable value.
 *
 * @param loaded its reference is the snapshot's
 * @param groups likewise
 * @param checkers by server group; the same objects from revision to revision
 * @param listeners in service, by name, in the document's order
 */
record Snapshot(
    LoadedDocument loaded,
    Groups groups,
    Map<String, HealthChecker> checkers,
    Map<String, Served> listeners) {

  /** The running listener of that name. */
  Optional<Served> listener(String name) {
    return Optional.ofNullable(listeners.get(name));
  }

  /**
   * A listener in service.
   *
   * @param parts what it serves new flows with
   */
  record Served(Parts parts, Listener listener, BoundPort port) {}

  /**
   * What a listener is made of. Equal where not one part of it has changed: the parts that are no
   * records are the same objects from revision to revision while nothing about them changes.
   */
  record Parts(
      ListenerConfig config,
      Optional<ServerTls> tls,
      Optional<AccessList> access,
      List<GroupRuntime> groups) {

    static Parts of(ListenerConfig config, LoadedDocument loaded, Groups groups) {
      Set<String> names = new LinkedHashSet<>();
      config.serverGroup().ifPresent(names::add);
      config.sniRoutes().forEach(route -> names.add(route.serverGroup()));
      return new Parts(
          config,
          Optional.ofNullable(loaded.serverTls().get(config.name())),
          Optional.ofNullable(loaded.access().get(config.name())),
          names.stream().map(groups).toList());
    }

    ListenerSettings settings(Groups all) {
      return ListenerSettings.of(config, tls, access, all);
    }
  }

  /** Gives its own references back; flows that run keep what they use. */
  void release() {
    groups.release();
    loaded.release();
  }
}
