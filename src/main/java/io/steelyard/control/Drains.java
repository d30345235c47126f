package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.flow.Flow;
import io.steelyard.listener.DrainableFlow;
import io.steelyard.listener.Listener;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Backends and listeners that take nothing new, whose flows finish or are closed towards the end of
 * their group's drain timeout. Any thread.
 */
final class Drains {

  private final Timer timer;
  private final Map<Backend, SpreadClosing> backends = new ConcurrentHashMap<>();
  private final Set<Listener> leaving = ConcurrentHashMap.newKeySet();
  private volatile Collection<Listener> current = List.of();

  Drains(Timer timer) {
    this.timer = timer;
  }

  /** The listeners that accept now. */
  void current(Collection<Listener> listeners) {
    current = List.copyOf(listeners);
  }

  /** Listeners that have left and still have flows. */
  Collection<Listener> leaving() {
    return List.copyOf(leaving);
  }

  /** Those that are being drained and were not removed count as draining already. */
  void begin(Backend backend, ServerGroupConfig group) {
    if (backend.connections() == 0) {
      return;
    }
    SpreadClosing closing =
        new SpreadClosing(
            () -> flowsOf(group.name(), backend),
            () -> backend.connections() == 0,
            times(group),
            "drain of backend " + backend,
            timer);
    if (backends.putIfAbsent(backend, closing) == null) {
      closing.begin().onComplete(done -> backends.remove(backend, closing));
    }
  }

  /** It is in service again: what is open may stay. */
  void cancel(Backend backend) {
    SpreadClosing closing = backends.remove(backend);
    if (closing != null) {
      closing.cancel();
    }
  }

  private Future<List<DrainableFlow>> flowsOf(String group, Backend backend) {
    String address = backend.config().address();
    List<Listener> all = new ArrayList<>(current);
    all.addAll(leaving);
    return flows(
        all,
        flow -> flow.isLeased() && group.equals(flow.group()) && address.equals(flow.backend()));
  }

  private static Future<List<DrainableFlow>> flows(
      Collection<Listener> listeners, Predicate<Flow> which) {
    List<Future<List<DrainableFlow>>> collecting =
        listeners.stream().map(listener -> listener.flows(which)).toList();
    return Future.join(collecting)
        .map(
            all ->
                collecting.stream()
                    .flatMap(one -> one.result().stream())
                    .sorted(Comparator.comparingLong(DrainableFlow::id))
                    .toList());
  }

  /**
   * Drains a listener whose port is closed.
   *
   * @param groups the groups as they were when it left
   * @return completes when its last flow has ended
   */
  Future<Void> begin(Listener listener, Function<String, ServerGroupConfig> groups) {
    leaving.add(listener);
    List<SpreadClosing> closings = new ArrayList<>();
    Set<String> names = groupsOf(listener.config());
    boolean first = true;
    for (String name : names) {
      // Flows on their way, and those that went where an earlier revision sent them.
      Predicate<String> others = first ? group -> !names.contains(group) : group -> false;
      first = false;
      closings.add(
          new SpreadClosing(
              () -> flows(List.of(listener), flow -> goesTo(flow, name, others)),
              () -> listener.openFlowCount() == 0,
              times(groups.apply(name)),
              "drain of listener " + listener.config().name(),
              timer));
    }
    List<Future<Void>> ending = new ArrayList<>();
    closings.forEach(closing -> ending.add(closing.begin()));
    return listener
        .drained()
        .onComplete(
            done -> {
              closings.forEach(SpreadClosing::cancel);
              leaving.remove(listener);
            });
  }

  private static boolean goesTo(Flow flow, String name, Predicate<String> others) {
    String group = flow.group() == null ? "" : flow.group();
    return group.equals(name) || others.test(group);
  }

  /** Where its flows may have gone, the group without a route first. */
  private static Set<String> groupsOf(ListenerConfig listener) {
    Set<String> names = new LinkedHashSet<>();
    listener.serverGroup().ifPresent(names::add);
    listener.sniRoutes().stream().map(SniRoute::serverGroup).forEach(names::add);
    return names;
  }

  private static DrainTimes times(ServerGroupConfig group) {
    return new DrainTimes(Duration.ZERO, group.drainTimeout(), group.drainSpread());
  }
}
