package io.steelyard.control;

import io.steelyard.health.HealthChecker;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Groups;
import io.steelyard.listener.Listener;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that runs under one revision, as one immutable value.
 *
 * @param listeners enabled ones, in the document's order
 * @param ports by listener; filled when they are bound
 */
record Snapshot(
    LoadedDocument loaded,
    Groups groups,
    List<HealthChecker> checkers,
    List<Listener> listeners,
    Map<String, BoundPort> ports) {

  /** The running listener of that name. */
  Optional<Listener> listener(String name) {
    return listeners.stream().filter(running -> running.name().equals(name)).findFirst();
  }

  /** Ends everything, open flows too, and gives all memory back. Never fails. */
  Future<Void> close() {
    List<Future<Void>> users = new ArrayList<>();
    checkers.forEach(checker -> users.add(checker.stop()));
    listeners.forEach(Listener::stopAccepting);
    ports.values().forEach(port -> users.add(port.cut()));
    return Future.join(users)
        .transform(
            closed -> {
              groups.release();
              loaded.release();
              return Future.succeededFuture();
            });
  }
}
