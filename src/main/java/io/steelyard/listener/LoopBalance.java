package io.steelyard.listener;

import io.steelyard.listener.Loops.Loop;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Which event loop a client is given to: counts the open clients of each. The kernel spreads
 * clients over the sockets of a port by a hash, which piles few long connections up on one loop; so
 * a loop that has clearly more than another gives its next client away. Thread-safe.
 */
final class LoopBalance {

  /* A loop keeps a client unless it has more than a quarter more than the least loaded one, and at least two more: so
   * short connections, whose number wavers by chance, stay where they were accepted, without a hop between threads. If
   * none of them closes meanwhile, the loops' counts differ by at most max(2, most / 4) + 1. */

  private static final int LEAST_SLACK = 2;
  private static final int SLACK_DIVISOR = 4;

  /** Others that are looked at for one client; where there are more loops, by turns. */
  private static final int LOOKS = 8;

  /** In ints: two cache lines, which processors fetch in pairs. */
  private static final int STRIDE = 32;

  private final List<Loop> loops;
  private final AtomicIntegerArray open;

  LoopBalance(List<Loop> loops) {
    this.loops = List.copyOf(loops);
    this.open = new AtomicIntegerArray(loops.size() * STRIDE);
  }

  /**
   * Counts a client on the loop it is to be carried by; {@link #closed} must follow, once.
   *
   * @param accepting the loop it was accepted on
   */
  Loop choose(Loop accepting) {
    int own = count(accepting);
    return chooseBelow(accepting, own - Math.max(LEAST_SLACK, own / SLACK_DIVISOR), own);
  }

  /**
   * The same for a client whose port is accepted for on one loop alone: the least loaded one. Among
   * equals its own.
   */
  Loop chooseLeast(Loop accepting) {
    int own = count(accepting);
    return chooseBelow(accepting, own, own);
  }

  private Loop chooseBelow(Loop accepting, int bound, int turn) {
    Loop chosen = accepting;
    int others = loops.size() - 1;
    int least = bound;
    int looks = least > 0 ? Math.min(others, LOOKS) : 0;
    for (int i = 0; i < looks; i++) {
      int step = others > LOOKS ? (turn + i) % others : i;
      Loop other = loops.get((accepting.index() + 1 + step) % loops.size());
      int count = count(other);
      if (count < least) {
        least = count;
        chosen = other;
      }
    }
    open.incrementAndGet(chosen.index() * STRIDE);
    return chosen;
  }

  /** A client of that loop has closed. */
  void closed(Loop loop) {
    open.decrementAndGet(loop.index() * STRIDE);
  }

  /** Clients open on that loop. */
  int count(Loop loop) {
    return open.get(loop.index() * STRIDE);
  }
}
