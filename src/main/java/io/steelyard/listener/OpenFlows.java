package io.steelyard.listener;

import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one listener that are open now: counted atomically over all loops, and listed per loop in the order they
 * came, each list touched by its own loop only.
 */
final class OpenFlows {

  private final AtomicInteger open = new AtomicInteger();
  private final List<Loop> loops;
  private final List<LinkedHashSet<OpenFlow>> byLoop = new ArrayList<>();
  private final Promise<Void> drained = Promise.promise();
  private volatile boolean draining;

  OpenFlows(Loops loops) {
    this.loops = loops.all();
    for (int i = 0; i < loops.size(); i++) {
      byLoop.add(new LinkedHashSet<>());
    }
  }

  /** Something that can be ended from outside, on its own loop. */
  interface OpenFlow {
    void end(FlowEnd how, String detail);
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

  /** Takes nothing new from now on; completes when the last flow has closed. Any thread. */
  Future<Void> drain() {
    draining = true;
    if (open.get() == 0) {
      drained.tryComplete();
    }
    return drained.future();
  }

  /** Ends up to {@code count} of the flows that have been open longest, taken evenly from the loops. Any thread. */
  void endOldest(int count, FlowEnd how, String detail) {
    int share = count / loops.size();
    int rest = count % loops.size();
    for (Loop loop : loops) {
      int ofThisLoop = share + (loop.index() < rest ? 1 : 0);
      if (ofThisLoop > 0) {
        loop.context().runOnContext(v -> endOldestHere(loop, ofThisLoop, how, detail));
      }
    }
  }

  private void endOldestHere(Loop loop, int count, FlowEnd how, String detail) {
    List<OpenFlow> oldest = new ArrayList<>(count);
    Iterator<OpenFlow> flows = byLoop.get(loop.index()).iterator();
    while (flows.hasNext() && oldest.size() < count) {
      oldest.add(flows.next());
    }
    // Ending takes the flow off the list, so the list is not walked meanwhile.
    oldest.forEach(flow -> flow.end(how, detail));
  }
}
