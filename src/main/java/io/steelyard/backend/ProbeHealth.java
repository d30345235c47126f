package io.steelyard.backend;

import java.time.Instant;
import java.util.List;

/**
 * What the probes of one backend have found, as one immutable value.
 *
 * @param reason code of the latest result that decided, such as {@code ok}, {@code refused}, {@code
 *     timeout}, {@code status}; {@code none} while starting, {@code unchecked} where the group has
 *     no health check
 * @param text the same for people, such as {@code connection refused} or {@code status 503,
 *     expected 200-399}
 * @param since when the verdict last changed
 * @param lastResults newest first, at most ten
 */
public record ProbeHealth(
    Verdict verdict, String reason, String text, Instant since, List<ProbeResult> lastResults) {

  public ProbeHealth {
    lastResults = List.copyOf(lastResults);
  }

  /**
   * STARTING until the first result. Backends of a group without a health check are UP from the
   * start.
   */
  public enum Verdict {
    STARTING,
    UP,
    DOWN
  }

  /**
   * One probe.
   *
   * @param durationNanos from connect to verdict
   */
  public record ProbeResult(
      Instant at, boolean success, String reason, String text, long durationNanos) {}
}
