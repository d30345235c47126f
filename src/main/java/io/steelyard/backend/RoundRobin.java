package io.steelyard.backend;

import io.steelyard.backend.Roster.Member;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns in proportion to the weights, spread as evenly as whole turns can be; or equal turns. */
final class RoundRobin implements Scheduler {

  /*
   * Earliest deadline first, in whole numbers. Weights are divided by their greatest common divisor;
   * a period is as many turns as their sum. Within a period, turn k (from 0) of a backend of weight w
   * is due at (2k+1)/2w, the middle of the k-th of its w equal slices of the period. The heap gives
   * the earliest; a backend that has had its w turns is due again in the next period.
   *
   * Fairness: all turns of a period come before any of the next, so every whole period gives each
   * backend exactly w turns, however many threads ask (the choice is made under the group's lock).
   * Inside a period a backend is never a whole turn per other backend away from its exact share,
   * and a heavy backend's turns are spread between the others' instead of coming in a burst.
   *
   * A full backend loses the turn that is due and leaves the heap until it has room, then goes on
   * with its first turn that is yet to come: no burst to catch up, and no cost while it is full. A
   * backend that the request excludes keeps its turn and gives it to the next request.
   *
   * Nothing overflows: k and w stay at or below 256, keys are compared by cross-multiplication in
   * longs, and the period counter would take longer than the machine lasts.
   */

  private final SlotHeap<Turn> turns;
  private final @Nullable Turn[] byIndex;

  /** When the latest turn taken was due: period and the fraction {@code nowOdd / 2 nowWeight}. */
  private long nowPeriod;

  private long nowOdd;
  private long nowWeight = 1;

  RoundRobin(Roster roster, boolean weighted) {
    List<Member> candidates = roster.candidates();
    turns = new SlotHeap<>(candidates.size());
    byIndex = new Turn[roster.size()];
    int divisor = weighted ? commonDivisor(candidates) : 1;
    for (Member member : candidates) {
      Turn turn = new Turn(member.backend(), weighted ? member.weight() / divisor : 1);
      byIndex[member.backend().index()] = turn;
      turns.add(turn);
    }
  }

  private static int commonDivisor(List<Member> members) {
    return members.stream()
        .map(member -> BigInteger.valueOf(member.weight()))
        .reduce(BigInteger.ZERO, BigInteger::gcd)
        .max(BigInteger.ONE)
        .intValueExact();
  }

  @Override
  public @Nullable Backend choose(LeaseRequest request) {
    Set<Backend> excluded = request.excluded();
    List<Turn> kept = excluded.isEmpty() ? List.of() : new ArrayList<>(excluded.size());
    Turn turn = turns.first();
    while (turn != null) {
      if (turn.backend().isFull()) {
        turns.remove(turn);
        turn.pass();
      } else if (excluded.contains(turn.backend())) {
        turns.remove(turn);
        kept.add(turn);
      } else {
        break;
      }
      turn = turns.first();
    }
    if (turn != null) {
      noteTime(turn);
      turn.pass();
      turns.moved(turn);
    }
    kept.forEach(turns::add);
    return turn == null ? null : turn.backend();
  }

  /** A turn that an excluded backend had kept may lie in the past; time never goes back. */
  private void noteTime(Turn turn) {
    boolean later =
        turn.period > nowPeriod
            || (turn.period == nowPeriod && turn.odd() * nowWeight > nowOdd * turn.weight);
    if (later) {
      nowPeriod = turn.period;
      nowOdd = turn.odd();
      nowWeight = turn.weight;
    }
  }

  @Override
  public @Nullable Backend peek(LeaseRequest request) {
    return turns.peek(request);
  }

  @Override
  public void countChanged(Backend backend) {
    Turn turn = backend.index() < byIndex.length ? byIndex[backend.index()] : null;
    if (turn == null || turn.backend() != backend) {
      return;
    }
    if (!turn.isInHeap() && !backend.isFull()) {
      turn.skipPast();
      turns.add(turn);
    }
  }

  /** The next turn of one backend. */
  private final class Turn extends SlotHeap.Slot<Turn> {

    private final long weight;
    private long period;
    private long taken;

    Turn(Backend backend, int weight) {
      super(backend);
      this.weight = weight;
    }

    long odd() {
      return 2 * taken + 1;
    }

    void pass() {
      taken++;
      if (taken == weight) {
        taken = 0;
        period++;
      }
    }

    /** Goes on to the first turn that is due after now. */
    void skipPast() {
      if (period > nowPeriod) {
        return;
      }
      if (period < nowPeriod) {
        period = nowPeriod;
        taken = 0;
      }
      // The least taken with (2 taken + 1) / 2 weight > nowOdd / 2 nowWeight.
      long past = Math.floorDiv(nowOdd * weight - nowWeight, 2 * nowWeight);
      taken = Math.max(taken, past + 1);
      if (taken >= weight) {
        taken = 0;
        period++;
      }
    }

    @Override
    boolean isBefore(Turn other) {
      if (period != other.period) {
        return period < other.period;
      }
      long mine = odd() * other.weight;
      long theirs = other.odd() * weight;
      return mine != theirs ? mine < theirs : backend().index() < other.backend().index();
    }
  }
}
