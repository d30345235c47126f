package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import java.util.BitSet;
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
  private final BitSet candidateIndexes = new BitSet();
  private final int size;
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
            .map(backend -> new Member(backend, backend.effectiveWeight()))
            .filter(member -> member.weight() > 0)
            .toList();
    MaglevTable table = null;
    if (config.scheduler() == SchedulerType.SOURCE_IP_HASH) {
      table =
          previous != null && previous.eligible.equals(eligible)
              ? Objects.requireNonNull(previous.table)
              : new MaglevTable(eligible);
    }
    return new Roster(backends.size(), eligible, config.onAllDown(), table);
  }

  private Roster(
      int size, List<Member> eligible, OnAllDown onAllDown, @Nullable MaglevTable table) {
    this.size = size;
    this.eligible = eligible;
    this.table = table;
    List<Member> up = having(ProbeHealth.Verdict.UP::equals);
    List<Member> first = up.isEmpty() ? having(ProbeHealth.Verdict.STARTING::equals) : up;
    this.failOpen = first.isEmpty() && !eligible.isEmpty() && onAllDown == OnAllDown.FAIL_OPEN;
    this.candidates = failOpen ? eligible : first;
    for (Member member : candidates) {
      candidateIndexes.set(member.backend().index());
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
    return candidateIndexes.get(backend.index());
  }

  /** Backends of the group, whatever their state: the bound of {@link Backend#index}. */
  int size() {
    return size;
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
   */
  record Member(Backend backend, int weight) {}
}
