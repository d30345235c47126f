package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.control.Preparation.LivingGroups;
import io.steelyard.control.Snapshot.Served;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Listener;
import io.steelyard.relay.GroupRuntime;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What runs, and how one state of it becomes the next: prepare, commit, retire. Changes come one at
 * a time; what runs may be read by any thread.
 */
final class World {

  /** The default handshake timeout and the time to find a backend. */
  private static final Duration LATE_FLOWS = Duration.ofSeconds(15);

  private final Machinery machinery;
  private final Timer timer;
  private final Drains drains;

  /** Left the document, but flows still hold leases: they come back as themselves. */
  private final Map<String, GroupRuntime> leavingGroups = new ConcurrentHashMap<>();

  /** Of ports that are being closed. */
  private final Set<Future<Void>> unbinding = ConcurrentHashMap.newKeySet();

  /** Taken out of service at run time. */
  private final Set<String> outOfService = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Snapshot current;

  World(Machinery machinery, Timer timer) {
    this.machinery = machinery;
    this.timer = timer;
    this.drains = new Drains(timer);
  }

  /** What runs, if anything. */
  @Nullable Snapshot current() {
    return current;
  }

  /** See {@link Controller#withLoaded}. */
  <T> Optional<T> withLoaded(Function<LoadedDocument, T> use) {
    Snapshot now = current;
    while (now != null) {
      if (now.loaded().tryRetain()) {
        try {
          return Optional.of(use.apply(now.loaded()));
        } finally {
          now.loaded().release();
        }
      }
      // Released, so another has taken its place; after close() none has.
      Snapshot next = current;
      now = next == now ? null : next;
    }
    return Optional.empty();
  }

  boolean isInService(String listener) {
    return !outOfService.contains(listener);
  }

  /** Listeners that have left and still have flows. */
  Collection<Listener> leaving() {
    return drains.leaving();
  }

  /**
   * Makes what the next document needs. Blocks no thread; nothing that runs is touched.
   *
   * @param loaded its reference is the preparation's
   * @param inService which listeners of it are to be bound
   * @return empty where the problems got an error; then everything is undone
   */
  Future<Optional<Preparation>> prepare(
      LoadedDocument loaded, Predicate<String> inService, Problems problems) {
    LivingGroups living = name -> Optional.ofNullable(leavingGroups.get(name));
    return machinery
        .vertx()
        .executeBlocking(
            () -> new Preparation(machinery, current, loaded, living, inService), false)
        .compose(
            made -> made.run(problems).map(well -> well ? Optional.of(made) : Optional.empty()));
  }

  /** Who is in service from the next commit on. */
  void inService(String listener, boolean serves) {
    if (serves) {
      outOfService.remove(listener);
    } else {
      outOfService.add(listener);
    }
  }

  /**
   * Puts what was prepared in the place of what runs. Cannot fail. Takes milliseconds with
   * thousands of backends: on a worker thread. The ports that go are closed some tenths of a second
   * later, and flows drain after that.
   */
  void commit(Preparation next) {
    Snapshot before = current;
    Map<ServerGroup, List<Backend>> removed = new HashMap<>();
    for (ServerGroup group : next.groups().all()) {
      GroupRuntime runtime = next.groups().apply(group.config().name());
      ServerGroupConfig wanted = runtime.config();
      runtime.takeEffect();
      if (!group.config().equals(wanted) || leavingGroups.containsKey(wanted.name())) {
        removed.put(group, group.reconfigure(wanted));
      }
      leavingGroups.remove(wanted.name());
    }
    Map<String, Served> listeners = next.commit();
    drains.current(listeners.values().stream().map(Served::listener).toList());
    Map<String, HealthChecker> checkers = checkers(next, before);
    current = new Snapshot(next.loaded(), next.groups(), checkers, listeners);
    outOfService.removeIf(name -> !isNamed(next.loaded(), name));
    follow(next, checkers);
    if (before != null) {
      retire(before, removed);
    }
  }

  private static boolean isNamed(LoadedDocument loaded, String listener) {
    return loaded.document().listeners().stream().anyMatch(one -> one.name().equals(listener));
  }

  private Map<String, HealthChecker> checkers(Preparation next, @Nullable Snapshot before) {
    Map<String, HealthChecker> checkers = new LinkedHashMap<>();
    for (ServerGroup group : next.groups().all()) {
      String name = group.config().name();
      HealthChecker known = before == null ? null : before.checkers().get(name);
      checkers.put(
          name,
          known != null ? known : new HealthChecker(machinery.vertx(), group, machinery.probes()));
    }
    return checkers;
  }

  private static void follow(Preparation next, Map<String, HealthChecker> checkers) {
    checkers.forEach(
        (name, checker) ->
            checker.follow(
                next.groups().apply(name).config(),
                Optional.ofNullable(next.loaded().backendTls().get(name))));
  }

  private void retire(Snapshot before, Map<ServerGroup, List<Backend>> removed) {
    Snapshot now = current();
    if (now == null) {
      throw new IllegalStateException("retired before anything was committed");
    }
    for (GroupRuntime gone : runtimes(before)) {
      String name = gone.config().name();
      if (now.groups().find(name).isEmpty()) {
        HealthChecker checker = before.checkers().get(name);
        if (checker != null) {
          checker.stop();
        }
        leave(gone);
      }
    }
    leavingGroups.values().removeIf(gone -> isIdle(gone.group()));
    for (ServerGroup group : now.groups().all()) {
      group.backends().forEach(backend -> drainAsIntended(group.config(), backend));
    }
    removed.forEach(
        (group, gone) -> gone.forEach(backend -> drains.begin(backend, group.config())));
    retireListeners(before, now);
    before.release();
  }

  private static List<GroupRuntime> runtimes(Snapshot snapshot) {
    return snapshot.groups().all().stream()
        .map(group -> snapshot.groups().apply(group.config().name()))
        .toList();
  }

  private void leave(GroupRuntime gone) {
    ServerGroup group = gone.group();
    leavingGroups.put(gone.config().name(), gone);
    group.backends().forEach(backend -> drains.begin(backend, gone.config()));
    // Clients that are in their handshake now will be sent there yet.
    timer.after(LATE_FLOWS, () -> drainLate(gone));
  }

  private void drainLate(GroupRuntime gone) {
    Snapshot now = current;
    ServerGroup group = gone.group();
    boolean back =
        now != null
            && now.groups()
                .find(gone.config().name())
                .filter(runtime -> runtime.group() == group)
                .isPresent();
    if (!back) {
      group.backends().forEach(backend -> drains.begin(backend, gone.config()));
    }
  }

  private static boolean isIdle(ServerGroup group) {
    return group.backends().stream().allMatch(backend -> backend.connections() == 0);
  }

  /** Begins or cancels the drain of one backend as its operator wants it now. */
  void drainAsIntended(ServerGroupConfig group, Backend backend) {
    if (backend.intent() == State.READY) {
      drains.cancel(backend);
    } else {
      drains.begin(backend, group);
    }
  }

  private void retireListeners(Snapshot before, Snapshot now) {
    Set<BoundPort> keptPorts = new HashSet<>();
    Set<Listener> kept = new HashSet<>();
    for (Served served : now.listeners().values()) {
      keptPorts.add(served.port());
      kept.add(served.listener());
    }
    for (Served served : before.listeners().values()) {
      Future<Void> unbound =
          keptPorts.contains(served.port()) ? Future.succeededFuture() : served.port().close();
      if (!kept.contains(served.listener())) {
        drains.leaves(served.listener(), name -> before.groups().apply(name).config());
      }
      unbinding.add(unbound);
      unbound.onComplete(
          closed -> {
            unbinding.remove(unbound);
            if (!kept.contains(served.listener())) {
              served.listener().stopAccepting();
              drains.begin(served.listener());
            }
          });
    }
  }

  /** Completes when the ports that earlier changes have given up are closed. */
  Future<Void> unbound() {
    return Future.join(List.copyOf(unbinding)).mapEmpty();
  }

  /** Ends everything, open flows too, and gives all memory back. Never fails. */
  Future<Void> close() {
    Snapshot last = current;
    List<Future<Void>> users = new ArrayList<>();
    if (last != null) {
      last.checkers().values().forEach(checker -> users.add(checker.stop()));
      last.listeners().values().forEach(served -> served.listener().stopAccepting());
    }
    users.add(machinery.ports().cut());
    return Future.join(users)
        .transform(
            closed -> {
              if (last != null) {
                last.release();
              }
              return Future.succeededFuture();
            });
  }
}
