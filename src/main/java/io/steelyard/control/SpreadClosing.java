package io.steelyard.control;

import io.steelyard.flow.FlowEnd;
import io.steelyard.listener.DrainableFlow;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets flows that must go finish, and ends what is left: nothing in the first part of the time, the
 * rest spread evenly over the last, the oldest first. Thread-safe.
 */
final class SpreadClosing {

  /** How often it looks whether all have ended of themselves. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Fine enough that thousands of flows go in small steps. */
  private static final Duration STEP = Duration.ofMillis(100);

  private final Supplier<Future<List<DrainableFlow>>> collect;
  private final BooleanSupplier over;
  private final DrainTimes times;
  private final String detail;
  private final Timer timer;
  private final Promise<Void> done = Promise.promise();
  private volatile boolean cancelled;
  private long startNanos;

  /**
   * @param collect all flows concerned that are open, the oldest first
   * @param over whether none is open any more
   * @param detail for the access log
   */
  SpreadClosing(
      Supplier<Future<List<DrainableFlow>>> collect,
      BooleanSupplier over,
      DrainTimes times,
      String detail,
      Timer timer) {
    this.collect = collect;
    this.over = over;
    this.times = times;
    this.detail = detail;
    this.timer = timer;
  }

  /** Completes when no flow is left, or it was cancelled. Called once. */
  Future<Void> begin() {
    startNanos = timer.nanoTime();
    look();
    return done.future();
  }

  /** The flows that are still open may stay. */
  void cancel() {
    cancelled = true;
    done.tryComplete();
  }

  private boolean isOver() {
    if (cancelled) {
      return true;
    }
    if (over.getAsBoolean()) {
      done.tryComplete();
      return true;
    }
    return false;
  }

  private void look() {
    if (isOver()) {
      return;
    }
    long quietLeft = times.quiet().toNanos() - (timer.nanoTime() - startNanos);
    if (quietLeft > 0) {
      timer.after(Duration.ofNanos(Math.min(quietLeft, LOOK.toNanos())), this::look);
      return;
    }
    close();
  }

  private void close() {
    collect
        .get()
        .onSuccess(flows -> step(new Closing(flows, timer.nanoTime())))
        .onFailure(closed -> done.tryComplete());
  }

  private void step(Closing closing) {
    if (isOver()) {
      return;
    }
    long sinceNanos = timer.nanoTime() - closing.startNanos;
    closing.keep(times.mayStay(closing.flows.size(), sinceNanos));
    if (sinceNanos >= times.closing().toNanos()) {
      // Whoever was on the way when the list was made is found by making another.
      timer.after(STEP, this::close);
      return;
    }
    timer.after(STEP, () -> step(closing));
  }

  /** The flows of one list, and how far it is worked off. Used by one step at a time. */
  private final class Closing {

    private final List<DrainableFlow> flows;
    private final long startNanos;
    private int next;

    Closing(List<DrainableFlow> flows, long startNanos) {
      this.flows = flows;
      this.startNanos = startNanos;
    }

    /** Those that end of themselves count: nobody is cut to keep a pace that is kept already. */
    void keep(int mayStay) {
      int open = 0;
      for (DrainableFlow flow : flows.subList(next, flows.size())) {
        open += flow.isEnded() ? 0 : 1;
      }
      while (open > mayStay) {
        DrainableFlow flow = flows.get(next++);
        if (!flow.isEnded()) {
          flow.end(FlowEnd.DRAIN, detail);
          open--;
        }
      }
    }
  }
}
