package io.steelyard.control;

import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.control.Snapshot.Parts;
import io.steelyard.control.Snapshot.Served;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Groups;
import io.steelyard.listener.Listener;
import io.steelyard.listener.ListenerSettings;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.BackendTls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The part of a change that may fail: makes everything that the next snapshot needs and what runs
 * does not have yet, ports included, and touches nothing that runs. Used by one change.
 */
final class Preparation {

  private final Machinery machinery;
  private final @Nullable Snapshot current;
  private final LoadedDocument loaded;
  private final Groups groups;
  private final List<Planned> listeners = new ArrayList<>();

  /**
   * Makes everything but the ports. With many listeners and backends that takes milliseconds: on a
   * worker thread.
   *
   * @param current what runs, if anything
   * @param loaded the next document; its reference is the preparation's from now on
   * @param livingGroup finds the last runtime of the group of that name that still has leases,
   *     though it is in no document
   * @param inService whether that listener may be bound
   */
  Preparation(
      Machinery machinery,
      @Nullable Snapshot current,
      LoadedDocument loaded,
      LivingGroups livingGroup,
      Predicate<String> inService) {
    this.machinery = machinery;
    this.current = current;
    this.loaded = loaded;
    this.groups =
        new Groups(
            loaded.document().serverGroups().stream()
                .map(group -> runtime(group, livingGroup))
                .toList());
    for (ListenerConfig config : loaded.document().listeners()) {
      if (config.enabled() && inService.test(config.name())) {
        listeners.add(new Planned(Parts.of(config, loaded, groups)));
      }
    }
  }

  /** Groups that have left the document and still have leases. */
  @FunctionalInterface
  interface LivingGroups {
    Optional<GroupRuntime> find(String name);
  }

  /** One more user of the runtime there is, where nothing about it changes. */
  private GroupRuntime runtime(ServerGroupConfig config, LivingGroups living) {
    Optional<BackendTls> tls = Optional.ofNullable(loaded.backendTls().get(config.name()));
    Optional<GroupRuntime> running =
        Optional.ofNullable(current).flatMap(now -> now.groups().find(config.name()));
    if (running.isPresent()
        && running.get().config().equals(config)
        && running.get().tls().equals(tls)) {
      running.get().retain();
      return running.get();
    }
    return running
        .or(() -> living.find(config.name()))
        .map(before -> before.next(config, tls))
        .orElseGet(() -> new GroupRuntime(new ServerGroup(config), config, tls));
  }

  /**
   * Binds the ports that are missing.
   *
   * @param problems gets what fails
   * @return whether all went well; if not, all is undone
   */
  Future<Boolean> run(Problems problems) {
    Map<Object, BoundPort> bound = boundPorts();
    listeners.forEach(planned -> planned.port = bound.get(endpoint(planned.parts.config())));
    List<Future<?>> binding = new ArrayList<>();
    for (Planned planned : listeners) {
      if (planned.port == null) {
        binding.add(planned.bind(problems));
      }
    }
    return Future.join(binding)
        .transform(
            all ->
                all.succeeded()
                    ? Future.succeededFuture(true)
                    : undo().transform(undone -> Future.succeededFuture(false)));
  }

  private Map<Object, BoundPort> boundPorts() {
    Map<Object, BoundPort> bound = new HashMap<>();
    if (current != null) {
      current
          .listeners()
          .values()
          .forEach(served -> bound.put(endpoint(served.parts().config()), served.port()));
    }
    return bound;
  }

  /** What may be handed from listener to listener; a random port belongs to its listener. */
  private static Object endpoint(ListenerConfig config) {
    return config.port() == 0 ? config.name() : ListenAddress.of(config);
  }

  /** Gives everything back that was made. */
  Future<Void> undo() {
    List<Future<Void>> closing = new ArrayList<>();
    listeners.forEach(planned -> planned.undo().ifPresent(closing::add));
    return Future.join(closing)
        .transform(
            closed -> {
              groups.release();
              loaded.release();
              return Future.succeededFuture();
            });
  }

  Groups groups() {
    return groups;
  }

  LoadedDocument loaded() {
    return loaded;
  }

  /** All listeners in service as they are from now on. Cannot fail; called once. */
  Map<String, Served> commit() {
    Map<String, Served> served = new LinkedHashMap<>();
    listeners.forEach(planned -> served.put(planned.parts.config().name(), planned.commit()));
    return served;
  }

  /** One listener of the next snapshot. */
  private final class Planned {

    private final Parts parts;
    private final @Nullable Served before;
    private final Listener listener;
    private final @Nullable ListenerSettings next;
    private @Nullable BoundPort port;
    private boolean portIsNew;

    Planned(Parts parts) {
      this.parts = parts;
      this.before = current == null ? null : current.listener(parts.config().name()).orElse(null);
      if (before == null) {
        next = null;
        listener =
            new Listener(
                parts.config().name(),
                machinery.loops(),
                machinery.flows(),
                parts.settings(groups));
        return;
      }
      listener = before.listener();
      next = before.parts().equals(parts) ? null : parts.settings(groups);
    }

    private BoundPort port() {
      if (port == null) {
        throw new IllegalStateException("not bound: " + parts.config().name());
      }
      return port;
    }

    Future<Void> bind(Problems problems) {
      Promise<Void> done = Promise.promise();
      machinery
          .ports()
          .bind(parts.config().address(), parts.config().port(), listener)
          .onSuccess(
              bound -> {
                port = bound;
                portIsNew = true;
                done.complete();
              })
          .onFailure(
              cause -> {
                synchronized (problems) {
                  BindProblem.add(parts.config(), cause, problems);
                }
                done.fail(cause);
              });
      return done.future();
    }

    Optional<Future<Void>> undo() {
      Optional<Future<Void>> closing = portIsNew ? Optional.of(unbound()) : Optional.empty();
      if (next != null) {
        next.release();
      }
      if (before == null) {
        listener.stopAccepting();
      }
      return closing;
    }

    /** What a listener that runs has got through its new port meanwhile is its own, and lives. */
    private Future<Void> unbound() {
      return before == null ? port().cut() : port().close();
    }

    Served commit() {
      if (next != null) {
        listener.retune(next);
      }
      port().target(listener);
      return new Served(parts, listener, port());
    }
  }
}
