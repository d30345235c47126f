package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigKeys;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.control.ChangePlan.KeyChange;
import io.steelyard.control.ChangePlan.ListenerChange;
import io.steelyard.control.ChangePlan.ListenerKind;
import io.steelyard.control.ChangePlan.Pair;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What becomes of each listener between two documents. */
final class ListenerChanges {

  private final BalancerDocument before;
  private final BalancerDocument after;
  private final Map<String, ServerGroupConfig> groupsBefore;

  /** Names of enabled listeners by where they listen. */
  private final Map<ListenAddress, String> holdersBefore;

  private final Map<ListenAddress, String> holdersAfter;

  ListenerChanges(BalancerDocument before, BalancerDocument after) {
    this.before = before;
    this.after = after;
    this.groupsBefore =
        before.serverGroups().stream()
            .collect(Collectors.toMap(ServerGroupConfig::name, Function.identity(), (a, b) -> a));
    this.holdersBefore = holders(before);
    this.holdersAfter = holders(after);
  }

  private static Map<ListenAddress, String> holders(BalancerDocument document) {
    Map<ListenAddress, String> holders = new HashMap<>();
    document.listeners().stream()
        .filter(ListenerConfig::enabled)
        .forEach(listener -> holders.putIfAbsent(ListenAddress.of(listener), listener.name()));
    return holders;
  }

  private static String place(ListenerConfig listener) {
    return BindProblem.endpoint(listener.address(), listener.port());
  }

  List<ListenerChange> all() {
    return ChangePlan.pairs(before.listeners(), after.listeners(), ListenerConfig::name).stream()
        .map(this::change)
        .toList();
  }

  private ListenerChange change(Pair<ListenerConfig> pair) {
    List<KeyChange> keys = KeyChanges.between(pair, ConfigKeys::of);
    ListenerKind kind = kind(pair, keys.isEmpty());
    ListenerConfig was = pair.before().orElseGet(pair::any);
    ListenerConfig is = pair.any();
    String openFlows =
        switch (kind) {
          case ADDED -> is.enabled() ? listens(is) : "none: it is not enabled";
          case ENABLED -> listens(is);
          case REMOVED, DISABLED -> leaves(was);
          case REBOUND ->
              "must rebind: "
                  + place(was)
                  + " → "
                  + place(is)
                  + takenFrom(is)
                  + "; open flows stay and keep their settings; "
                  + fate(was);
          case RETUNED ->
              is.enabled()
                  ? "same socket; open flows keep their settings; new flows use the new ones"
                  : "none: it is not enabled";
          case UNCHANGED -> "untouched";
        };
    return new ListenerChange(pair.name(), kind, keys, openFlows);
  }

  private static ListenerKind kind(Pair<ListenerConfig> pair, boolean alike) {
    if (pair.before().isEmpty()) {
      return ListenerKind.ADDED;
    }
    if (pair.after().isEmpty()) {
      return ListenerKind.REMOVED;
    }
    ListenerConfig was = pair.before().get();
    ListenerConfig is = pair.after().get();
    if (was.enabled() != is.enabled()) {
      return is.enabled() ? ListenerKind.ENABLED : ListenerKind.DISABLED;
    }
    if (is.enabled() && !ListenAddress.of(was).equals(ListenAddress.of(is))) {
      return ListenerKind.REBOUND;
    }
    return alike ? ListenerKind.UNCHANGED : ListenerKind.RETUNED;
  }

  private String listens(ListenerConfig listener) {
    String from = takenFrom(listener);
    return from.isEmpty()
        ? "none yet; binds " + place(listener)
        : "none yet; listens on " + place(listener) + from;
  }

  /** Whose port it takes over; empty where nobody's. */
  private String takenFrom(ListenerConfig listener) {
    String holder = holdersBefore.get(ListenAddress.of(listener));
    return holder == null || holder.equals(listener.name())
        ? ""
        : ", whose socket it takes over from listener " + holder + " without a gap";
  }

  private String leaves(ListenerConfig was) {
    return was.enabled()
        ? "stops accepting; " + fate(was) + "; " + drain(was)
        : "none: it was not enabled";
  }

  /** What becomes of the port that a listener leaves. */
  private String fate(ListenerConfig was) {
    @Nullable String heir = holdersAfter.get(ListenAddress.of(was));
    return heir == null
        ? place(was) + " is freed"
        : place(was) + " stays open: listener " + heir + " takes its socket over without a gap";
  }

  /** Flows drain as the group says that each went to. */
  private String drain(ListenerConfig listener) {
    Map<String, Set<String>> groupsByTimes = new LinkedHashMap<>();
    Stream.concat(
            listener.serverGroup().stream(),
            listener.sniRoutes().stream().map(SniRoute::serverGroup))
        .forEach(
            name ->
                Optional.ofNullable(groupsBefore.get(name))
                    .ifPresent(
                        group ->
                            groupsByTimes
                                .computeIfAbsent(
                                    OpenFlowText.times(group), times -> new LinkedHashSet<>())
                                .add(name)));
    if (groupsByTimes.size() == 1) {
      return "open flows " + groupsByTimes.keySet().iterator().next();
    }
    return groupsByTimes.entrySet().stream()
        .map(entry -> "those to " + String.join(", ", entry.getValue()) + " " + entry.getKey())
        .collect(Collectors.joining("; ", "open flows: ", ""));
  }
}
