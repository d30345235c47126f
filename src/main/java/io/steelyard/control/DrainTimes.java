package io.steelyard.control;

import java.time.Duration;

/**
 * How a drain goes about it.
 *
 * @param delay before it begins: already not ready, still accepting
 * @param timeout from the end of accepting to the end of the last flow
 * @param spread the last share of the timeout, over which closing is spread evenly, 0–1; nothing is
 *     cut before
 */
public record DrainTimes(Duration delay, Duration timeout, double spread) {

  public static final DrainTimes DEFAULT =
      new DrainTimes(Duration.ofSeconds(5), Duration.ofSeconds(300), 0.2);

  /** No delay and no patience: every flow is ended at once. */
  public static final DrainTimes AT_ONCE = new DrainTimes(Duration.ZERO, Duration.ZERO, 0);

  /** The first share of the timeout, in which nothing is cut. */
  Duration quiet() {
    return timeout.minus(closing());
  }

  /** The last share of the timeout. */
  Duration closing() {
    return Duration.ofNanos((long) (timeout.toNanos() * spread));
  }

  /**
   * How many of the flows that were open when closing began may still be.
   *
   * @param sinceNanos time since closing began
   */
  int mayStay(int openAtStart, long sinceNanos) {
    long windowNanos = closing().toNanos();
    if (sinceNanos >= windowNanos) {
      return 0;
    }
    return (int) Math.ceil(openAtStart * ((double) (windowNanos - sinceNanos) / windowNanos));
  }
}
