package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.flow.Flow;
import io.steelyard.listener.DrainableFlow;
import io.steelyard.listener.Listener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Backends and listeners that take nothing new, whose flows finish or are closed towards the end of
 * their group's drain timeout. Any thread.
 */
final class Drains {

  /** How long one that looks for its flows waits for others that do. */
  private static final Duration GATHERING = Duration.ofMillis(10);

  private final Timer timer;
  private final Map<Backend, SpreadClosing> backends = new ConcurrentHashMap<>();
  private final Map<Listener, Leaving> leaving = new ConcurrentHashMap<>();
  private volatile Collection<Listener> current = List.of();

  /** What does not walk yet, for whoever asks next. Guarded by this. */
  private @Nullable Gathering gatheringNext;

  Drains(Timer timer) {
    this.timer = timer;
  }

  /** The listeners that accept now: what earlier ones of their names have open may stay. */
  synchronized void current(Collection<Listener> listeners) {
    current = List.copyOf(listeners);
    Set<String> names = current.stream().map(Listener::name).collect(Collectors.toSet());
    leaving.values().stream()
        .filter(one -> names.contains(one.listener.name()))
        .forEach(Leaving::callOff);
  }

  /** Listeners that have left and still have flows. */
  Collection<Listener> leaving() {
    return List.copyOf(leaving.keySet());
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

  /**
   * With thousands of backends that go at once, one walk through the open flows is for all of them:
   * one for each would hold up the event loops for seconds.
   */
  private synchronized Future<List<DrainableFlow>> flowsOf(String group, Backend backend) {
    Place place = new Place(group, backend.config().address());
    Gathering gathering = gatheringNext;
    if (gathering == null) {
      gathering = new Gathering();
      gatheringNext = gathering;
      timer.after(GATHERING, gathering::begin);
    }
    gathering.places.add(place);
    return gathering.flows.future().map(all -> all.getOrDefault(place, List.of()));
  }

  /** Where flows go. */
  private record Place(String group, String backend) {}

  /** One walk through all open flows. Its places are guarded by the drains. */
  private final class Gathering {

    private final Set<Place> places = new HashSet<>();
    private final Promise<Map<Place, List<DrainableFlow>>> flows = Promise.promise();

    void begin() {
      List<Listener> all;
      synchronized (Drains.this) {
        // Nothing joins it any more.
        gatheringNext = null;
        all = new ArrayList<>(current);
        all.addAll(leaving.keySet());
      }
      flows(all, this::goesThere)
          .map(found -> found.stream().collect(Collectors.groupingBy(Gathering::place)))
          .onComplete(flows);
    }

    private boolean goesThere(Flow flow) {
      String group = flow.group();
      String backend = flow.backend();
      return group != null && backend != null && places.contains(new Place(group, backend));
    }

    private static Place place(DrainableFlow flow) {
      return new Place(flow.group(), flow.backend());
    }
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
   * A listener has left the document, or service; its port is about to close.
   *
   * @param groups the groups as they are when it leaves
   */
  synchronized void leaves(Listener listener, Function<String, ServerGroupConfig> groups) {
    leaving.put(listener, new Leaving(listener, groups));
  }

  /**
   * Drains a listener that has left and whose port is closed, and with it what is left of earlier
   * ones of its name; none of them where one of that name accepts again.
   */
  synchronized void begin(Listener listener) {
    listener.drained().onComplete(done -> left(listener));
    if (current.stream().anyMatch(one -> one.name().equals(listener.name()))) {
      return;
    }
    leaving.values().stream()
        .filter(one -> one.listener.name().equals(listener.name()))
        .forEach(Leaving::begin);
  }

  private synchronized void left(Listener listener) {
    Leaving gone = leaving.remove(listener);
    if (gone != null) {
      gone.callOff();
    }
  }

  /** One listener on its way out. Guarded by the drains. */
  private final class Leaving {

    private final Listener listener;
    private final Map<String, DrainTimes> timesByGroup = new LinkedHashMap<>();
    private List<SpreadClosing> closings = List.of();

    Leaving(Listener listener, Function<String, ServerGroupConfig> groups) {
      this.listener = listener;
      groupsOf(listener.config())
          .forEach(name -> timesByGroup.put(name, times(groups.apply(name))));
    }

    void begin() {
      if (!closings.isEmpty()) {
        return;
      }
      closings = new ArrayList<>();
      boolean first = true;
      for (String name : timesByGroup.keySet()) {
        // Flows on their way, and those that went where an earlier revision sent them.
        Predicate<String> others =
            first ? group -> !timesByGroup.containsKey(group) : group -> false;
        first = false;
        closings.add(
            new SpreadClosing(
                () -> flows(List.of(listener), flow -> goesTo(flow, name, others)),
                () -> listener.openFlowCount() == 0,
                Objects.requireNonNull(timesByGroup.get(name)),
                "drain of listener " + listener.name(),
                timer));
      }
      closings.forEach(SpreadClosing::begin);
    }

    void callOff() {
      closings.forEach(SpreadClosing::cancel);
      closings = List.of();
    }
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
