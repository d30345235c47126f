package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.ConfigKeys;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The ordered difference of two documents, and what becomes of open flows: pure, from the records
 * alone. What has changed inside of the files that they name (a renewed certificate) is not in it.
 *
 * @param listeners of both, in the next document's order, those removed at the end; likewise the
 *     others
 */
public record ChangePlan(
    List<ListenerChange> listeners,
    List<GroupChange> serverGroups,
    List<PartChange> certificates,
    List<PartChange> ipGroups) {

  public ChangePlan {
    listeners = List.copyOf(listeners);
    serverGroups = List.copyOf(serverGroups);
    certificates = List.copyOf(certificates);
    ipGroups = List.copyOf(ipGroups);
  }

  /** What becomes of a part. */
  public enum Change {
    ADDED,
    REMOVED,
    CHANGED,
    UNCHANGED;

    static Change of(boolean before, boolean after, boolean alike) {
      if (!before) {
        return ADDED;
      }
      if (!after) {
        return REMOVED;
      }
      return alike ? UNCHANGED : CHANGED;
    }
  }

  /** What becomes of a listener. */
  public enum ListenerKind {
    ADDED,
    REMOVED,
    /** Other settings on the same socket. */
    RETUNED,
    /** Another address or port: a new socket. */
    REBOUND,
    ENABLED,
    DISABLED,
    UNCHANGED
  }

  /**
   * One setting.
   *
   * @param path within the part, such as {@code tls.policy}
   * @param from absent where there was none
   * @param to absent where there is none now
   */
  public record KeyChange(String path, Optional<String> from, Optional<String> to) {
    /** {@code tls.policy: intermediate → modern}. */
    public String text() {
      return path + ": " + from.orElse("–") + " → " + to.orElse("–");
    }
  }

  /**
   * One listener.
   *
   * @param openFlows what becomes of its flows, a sentence
   */
  public record ListenerChange(
      String name, ListenerKind kind, List<KeyChange> keys, String openFlows) {
    public ListenerChange {
      keys = List.copyOf(keys);
    }
  }

  /**
   * One server group.
   *
   * @param backends those that differ, in the next document's order, those removed at the end
   * @param openFlows what becomes of the flows on its backends, a sentence
   */
  public record GroupChange(
      String name,
      Change change,
      List<KeyChange> keys,
      List<BackendChange> backends,
      String openFlows) {
    public GroupChange {
      keys = List.copyOf(keys);
      backends = List.copyOf(backends);
    }
  }

  /** One backend; its address is as the document has it. */
  public record BackendChange(
      String address, Change change, List<KeyChange> keys, String openFlows) {
    public BackendChange {
      keys = List.copyOf(keys);
    }
  }

  /**
   * A certificate or an ip-group.
   *
   * @param openFlows what becomes of flows where it is used, a sentence
   */
  public record PartChange(String name, Change change, List<KeyChange> keys, String openFlows) {
    public PartChange {
      keys = List.copyOf(keys);
    }
  }

  /**
   * The way from one document to the next.
   *
   * @param old absent where nothing is in force yet
   */
  public static ChangePlan between(Optional<BalancerDocument> old, BalancerDocument next) {
    BalancerDocument before =
        old.orElseGet(() -> new BalancerDocument(List.of(), List.of(), List.of(), List.of()));
    return new ChangePlan(
        new ListenerChanges(before, next).all(),
        pairs(before.serverGroups(), next.serverGroups(), ServerGroupConfig::name).stream()
            .map(ChangePlan::group)
            .toList(),
        pairs(before.certificates(), next.certificates(), CertificateConfig::name).stream()
            .map(
                pair ->
                    part(
                        pair,
                        ConfigKeys::of,
                        "new handshakes use it; open flows keep what they were opened with"))
            .toList(),
        pairs(before.ipGroups(), next.ipGroups(), IpGroupConfig::name).stream()
            .map(pair -> part(pair, ConfigKeys::of, "new flows are judged by it; open flows stay"))
            .toList());
  }

  private static GroupChange group(Pair<ServerGroupConfig> pair) {
    List<KeyChange> keys = KeyChanges.between(pair, ConfigKeys::of);
    ServerGroupConfig timing = pair.after().orElseGet(() -> pair.before().orElseThrow());
    List<BackendConfig> was = pair.before().map(ServerGroupConfig::backends).orElse(List.of());
    List<BackendConfig> is = pair.after().map(ServerGroupConfig::backends).orElse(List.of());
    List<BackendChange> backends =
        pairs(was, is, BackendConfig::address).stream()
            .map(backend -> backend(backend, timing))
            .filter(backend -> backend.change() != Change.UNCHANGED)
            .toList();
    Change change = pair.change(keys.isEmpty() && backends.isEmpty());
    String openFlows =
        switch (change) {
          case ADDED -> "none yet";
          case REMOVED -> "its backends get no new flows at once; " + OpenFlowText.drain(timing);
          case UNCHANGED -> "untouched";
          case CHANGED ->
              keys.isEmpty()
                  ? "as each backend says; all others untouched"
                  : "open flows keep their backend and settings; new flows use the new ones";
        };
    return new GroupChange(timing.name(), change, keys, backends, openFlows);
  }

  private static BackendChange backend(Pair<BackendConfig> pair, ServerGroupConfig group) {
    List<KeyChange> keys = KeyChanges.between(pair, ConfigKeys::of);
    Change change = pair.change(keys.isEmpty());
    String address = pair.any().address();
    return new BackendChange(
        address, change, keys, OpenFlowText.of(pair.before(), pair.after(), group));
  }

  private static <T> PartChange part(
      Pair<T> pair, Function<T, Map<String, Object>> values, String openFlows) {
    List<KeyChange> keys = KeyChanges.between(pair, values);
    Change change = pair.change(keys.isEmpty());
    String sentence =
        switch (change) {
          case CHANGED -> openFlows;
          case REMOVED -> "open flows keep what they were opened with";
          case ADDED, UNCHANGED -> "untouched";
        };
    return new PartChange(pair.name(), change, keys, sentence);
  }

  /** Whether nothing differs. */
  public boolean isEmpty() {
    return listeners.stream().allMatch(one -> one.kind() == ListenerKind.UNCHANGED)
        && serverGroups.stream().allMatch(one -> one.change() == Change.UNCHANGED)
        && Stream.concat(certificates.stream(), ipGroups.stream())
            .allMatch(one -> one.change() == Change.UNCHANGED);
  }

  /** What differs, for people: a line for each part, those of its keys and backends indented. */
  public List<String> lines() {
    return ChangeText.lines(this);
  }

  /** As plain objects, for JSON; without the certificates and ip-groups that stay as they are. */
  public Map<String, Object> objects() {
    return ChangeText.objects(this);
  }

  /** The parts of both lists by name, in the next one's order, those removed at the end. */
  static <T> List<Pair<T>> pairs(List<T> old, List<T> next, Function<T, String> nameOf) {
    Map<String, T> before = new LinkedHashMap<>();
    old.forEach(part -> before.put(nameOf.apply(part), part));
    List<Pair<T>> pairs = new ArrayList<>();
    for (T part : next) {
      String name = nameOf.apply(part);
      pairs.add(new Pair<>(name, Optional.ofNullable(before.remove(name)), Optional.of(part)));
    }
    before.forEach(
        (name, gone) -> pairs.add(new Pair<>(name, Optional.of(gone), Optional.empty())));
    return pairs;
  }

  /** One part in both documents; in one of them at least. */
  record Pair<T>(String name, Optional<T> before, Optional<T> after) {

    T any() {
      return after.or(() -> before).orElseThrow();
    }

    Change change(boolean alike) {
      return Change.of(before.isPresent(), after.isPresent(), alike);
    }
  }
}
