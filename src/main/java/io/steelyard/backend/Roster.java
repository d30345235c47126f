package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who may be chosen at one moment: an immutable picture of intents, weights and verdicts, made anew
 * when one of them changes.
 */
final class Roster {

  private final List<Member> eligible;
  private final List<Member> candidates;
  private final @Nullable Backend[] candidatesByIndex;
  private final SchedulerType scheduler;
  private final boolean failOpen;
  private final @Nullable MaglevTable table;

  /**
   * The roster of these backends as they are now.
   *
   * @param previous whose consistent-hash table is kept where nobody's intent has changed since
   */
  static Roster of(ServerGroupConfig config, List<Backend> backends, @Nullable Roster previous) {
    List<Member> eligible =
        backends.stream()
            .map(
                backend ->
                    new Member(
                        backend, backend.effectiveWeight(), backend.config().maxConnections()))
            .filter(member -> member.weight() > 0)
            .toList();
    MaglevTable table = null;
    if (config.scheduler() == SchedulerType.SOURCE_IP_HASH) {
      table =
          previous != null && previous.table != null && previous.eligible.equals(eligible)
              ? previous.table
              : new MaglevTable(eligible);
    }
    int size = backends.stream().mapToInt(Backend::index).max().orElse(-1) + 1;
    return new Roster(config, size, eligible, table);
  }

  private Roster(
      ServerGroupConfig config, int size, List<Member> eligible, @Nullable MaglevTable table) {
    this.scheduler = config.scheduler();
    this.candidatesByIndex = new Backend[size];
    this.eligible = eligible;
    this.table = table;
    List<Member> up = having(ProbeHealth.Verdict.UP::equals);
    List<Member> first = up.isEmpty() ? having(ProbeHealth.Verdict.STARTING::equals) : up;
    this.failOpen =
        first.isEmpty() && !eligible.isEmpty() && config.onAllDown() == OnAllDown.FAIL_OPEN;
    this.candidates = failOpen ? eligible : first;
    for (Member member : candidates) {
      candidatesByIndex[member.backend().index()] = member.backend();
    }
  }

  private List<Member> having(Predicate<ProbeHealth.Verdict> verdict) {
    return eligible.stream()
        .filter(member -> verdict.test(member.backend().health().verdict()))
        .toList();
  }

  /**
   * Who gets flows: the eligible backends that are up; while none is, those still starting; while
   * there is none of these either, all eligible ones if the group fails open.
   */
  List<Member> candidates() {
    return candidates;
  }

  boolean isCandidate(Backend backend) {
    int index = backend.index();
    return index < candidatesByIndex.length && candidatesByIndex[index] == backend;
  }

  /** The bound of its members' {@link Backend#index}. */
  int size() {
    return candidatesByIndex.length;
  }

  /** Whether a scheduler made for the other may go on with this one: nobody loses their turn. */
  boolean choosesLike(Roster other) {
    return scheduler == other.scheduler
        && size() == other.size()
        && candidates.equals(other.candidates)
        && eligible.equals(other.eligible);
  }

  boolean isFailOpen() {
    return failOpen;
  }

  /** The consistent-hash table over all eligible backends, up or not; only for source-ip-hash. */
  MaglevTable table() {
    return Objects.requireNonNull(table);
  }

  /**
   * One eligible backend: ready, and with a weight above 0.
   *
   * @param weight at the time the roster was made
   * @param maxConnections likewise
   */
  record Member(Backend backend, int weight, int maxConnections) {}
}
