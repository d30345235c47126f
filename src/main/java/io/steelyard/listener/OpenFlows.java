package io.steelyard.listener;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one listener that are open now: counted atomically over all loops, and listed per
 * loop in the order they came, each list touched by its own loop only.
 */
final class OpenFlows {

  private final AtomicInteger open = new AtomicInteger();
  private final List<Loop> loops;
  private final List<Line> byLoop = new ArrayList<>();
  private final Promise<Void> drained = Promise.promise();
  private volatile boolean draining;

  OpenFlows(Loops loops) {
    this.loops = loops.all();
    for (int i = 0; i < loops.size(); i++) {
      byLoop.add(new Line());
    }
  }

  /**
   * Something that can be ended from outside, on its own loop. It is itself the link of the list it
   * stands in.
   */
  abstract static class OpenFlow {
    private @Nullable OpenFlow older;
    private @Nullable OpenFlow newer;
    private boolean isListed;

    abstract Flow flow();

    /** Any thread. */
    abstract boolean isEnded();

    abstract void end(FlowEnd how, String detail);
  }

  /** The open flows of one loop, in the order they came. */
  private static final class Line {
    private @Nullable OpenFlow oldest;
    private @Nullable OpenFlow newest;

    void add(OpenFlow flow) {
      flow.isListed = true;
      flow.older = newest;
      if (newest == null) {
        oldest = flow;
      } else {
        newest.newer = flow;
      }
      newest = flow;
    }

    void remove(OpenFlow flow) {
      if (!flow.isListed) {
        return;
      }
      flow.isListed = false;
      if (flow.older == null) {
        oldest = flow.newer;
      } else {
        flow.older.newer = flow.newer;
      }
      if (flow.newer == null) {
        newest = flow.older;
      } else {
        flow.newer.older = flow.older;
      }
      flow.older = null;
      flow.newer = null;
    }

    /** A copy: ending a flow takes it off the line. */
    List<OpenFlow> first(int count) {
      List<OpenFlow> first = new ArrayList<>();
      for (OpenFlow flow = oldest; flow != null && first.size() < count; flow = flow.newer) {
        first.add(flow);
      }
      return first;
    }
  }

  /** Counts one more, unless draining or at the limit (0 = none). Any thread. */
  @Nullable Refusal tryOpen(int max) {
    int now = open.incrementAndGet();
    if (draining) {
      closed();
      return Refusal.DRAINING;
    }
    if (max > 0 && now > max) {
      closed();
      return Refusal.MAX_CONNECTIONS;
    }
    return null;
  }

  /** Counts one less. Any thread. */
  void closed() {
    if (open.decrementAndGet() == 0 && draining) {
      drained.tryComplete();
    }
  }

  /** Open now. Any thread. */
  int count() {
    return open.get();
  }

  /** Lists a flow. Its loop only. */
  void add(Loop loop, OpenFlow flow) {
    byLoop.get(loop.index()).add(flow);
  }

  /** Takes a flow off the list. Its loop only. */
  void remove(Loop loop, OpenFlow flow) {
    byLoop.get(loop.index()).remove(flow);
  }

  /** Takes nothing new from now on. Any thread. */
  void drain() {
    draining = true;
    if (open.get() == 0) {
      drained.tryComplete();
    }
  }

  /** Completes when the last flow has closed after {@link #drain}. */
  Future<Void> drained() {
    return drained.future();
  }

  /**
   * Those of the open flows that match, oldest first: a snapshot, taken loop by loop. Any thread.
   */
  Future<List<DrainableFlow>> matching(Predicate<Flow> which) {
    List<Future<List<DrainableFlow>>> parts = new ArrayList<>();
    for (Loop loop : loops) {
      Promise<List<DrainableFlow>> part = Promise.promise();
      loop.context()
          .runOnContext(
              v ->
                  part.complete(
                      byLoop.get(loop.index()).first(Integer.MAX_VALUE).stream()
                          .filter(open -> which.test(open.flow()))
                          .map(open -> new DrainableFlow(loop, open))
                          .toList()));
      parts.add(part.future());
    }
    return Future.all(parts)
        .map(
            all ->
                parts.stream()
                    .flatMap(part -> part.result().stream())
                    .sorted(Comparator.comparingLong(DrainableFlow::id))
                    .toList());
  }

  /**
   * Ends up to {@code count} of the flows that have been open longest, taken evenly from the loops;
   * what one loop has too few for, the others give. Any thread.
   */
  void endOldest(int count, FlowEnd how, String detail) {
    endOldestFrom(0, count, 0, how, detail);
  }

  /** Goes from loop to loop, twice round, with what is still to be ended. */
  private void endOldestFrom(int step, int count, int carried, FlowEnd how, String detail) {
    boolean firstRound = step < loops.size();
    if (step == 2 * loops.size() || (!firstRound && carried == 0)) {
      return;
    }
    Loop loop = loops.get(step % loops.size());
    int share = count / loops.size() + (loop.index() < count % loops.size() ? 1 : 0);
    int wanted = carried + (firstRound ? share : 0);
    loop.context()
        .runOnContext(
            v -> {
              int ended = endOldestHere(loop, wanted, how, detail);
              endOldestFrom(step + 1, count, wanted - ended, how, detail);
            });
  }

  private int endOldestHere(Loop loop, int count, FlowEnd how, String detail) {
    List<OpenFlow> oldest = byLoop.get(loop.index()).first(count);
    oldest.forEach(flow -> flow.end(how, detail));
    return oldest.size();
  }
}
