package io.steelyard.health;

import io.steelyard.backend.ProbeHealth;
import io.steelyard.backend.ProbeHealth.ProbeResult;
import io.steelyard.backend.ProbeHealth.Verdict;
import java.util.List;
import java.util.stream.Stream;

/**
 * How many results it takes to change a verdict. The first result of a starting backend decides at
 * once; after it, a verdict changes when that many results in a row speak against it. Pure.
 *
 * @param unhealthy failures in a row, 1–10
 * @param healthy successes in a row, 1–10
 */
record Thresholds(int unhealthy, int healthy) {

  /** Thresholds go up to ten, so the results kept are also all that a decision needs. */
  static final int MAX_RESULTS = 10;

  /**
   * The health after one more result. Reason and text are those of the latest result that agrees
   * with the verdict.
   */
  ProbeHealth after(ProbeHealth before, ProbeResult result) {
    List<ProbeResult> results =
        Stream.concat(Stream.of(result), before.lastResults().stream()).limit(MAX_RESULTS).toList();
    Verdict found = result.success() ? Verdict.UP : Verdict.DOWN;
    if (found == before.verdict()) {
      return new ProbeHealth(found, result.reason(), result.text(), before.since(), results);
    }
    if (decides(before.verdict(), result.success(), results)) {
      return new ProbeHealth(found, result.reason(), result.text(), result.at(), results);
    }
    return new ProbeHealth(
        before.verdict(), before.reason(), before.text(), before.since(), results);
  }

  private boolean decides(Verdict before, boolean success, List<ProbeResult> results) {
    if (before == Verdict.STARTING) {
      return true;
    }
    long inARow = results.stream().takeWhile(result -> result.success() == success).count();
    return inARow >= (success ? healthy : unhealthy);
  }
}
