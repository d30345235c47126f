package io.steelyard.listener;

import io.steelyard.config.ListenerConfig.RateLimit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A limit of new flows a second, exact over all event loops.
 *
 * <p>GCRA (ITU-T I.371): one number holds the time at which the bucket is full again; a flow is let
 * in when that lies no further ahead than the burst, and moves it by one interval. One
 * compare-and-set a flow, no timer, no allocation.
 */
final class NewFlowRate {

  private static final long SECOND_NANOS = 1_000_000_000L;

  private final long burst;
  private final long intervalNanos;
  private final long toleranceNanos;
  private final AtomicLong fullAgainNanos;

  NewFlowRate(RateLimit limit, long nowNanos) {
    this.burst = limit.burst();
    this.intervalNanos = Math.max(1, SECOND_NANOS / limit.rate());
    this.toleranceNanos = intervalNanos * (limit.burst() - 1L);
    this.fullAgainNanos = new AtomicLong(nowNanos);
  }

  /** The same bucket under another limit: as many flows as have been taken from it stay taken. */
  NewFlowRate retuned(RateLimit limit, long nowNanos) {
    NewFlowRate next = new NewFlowRate(limit, nowNanos);
    long aheadNanos = Math.max(0, fullAgainNanos.get() - nowNanos);
    long taken = Math.min(Math.ceilDiv(aheadNanos, intervalNanos), next.burst);
    next.fullAgainNanos.set(nowNanos + taken * next.intervalNanos);
    return next;
  }

  /** Whether a flow may start now; counts it if so. Any thread. */
  boolean tryStart(long nowNanos) {
    while (true) {
      long fullAgain = fullAgainNanos.get();
      // Differences, not values: nanoTime may overflow.
      long start = fullAgain - nowNanos > 0 ? fullAgain : nowNanos;
      if (start - nowNanos > toleranceNanos) {
        return false;
      }
      if (fullAgainNanos.compareAndSet(fullAgain, start + intervalNanos)) {
        return true;
      }
    }
  }
}
