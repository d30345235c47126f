package io.steelyard.bench;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How one of ours stands to a goal.
 *
 * @param median of what the goal is about
 * @param under rounds at or under its figure
 * @param rounds that were measured
 */
record Verdict(String balancer, Goal goal, double median, long under, int rounds) {

  /** At least three of five, whatever the number of rounds. */
  private static final double SHARE = 0.6;

  static Verdict of(Results results, String row, String balancer, Goal goal) {
    List<Double> values =
        goal.relative()
            ? results.toBestPeer(row, balancer, goal.measure())
            : results.of(row, balancer).stream()
                .map(sample -> sample.value(goal.measure()))
                .filter(value -> !value.isNaN())
                .toList();
    long under = values.stream().filter(value -> value <= goal.figure()).count();
    return new Verdict(balancer, goal, Figures.median(values), under, values.size());
  }

  boolean won() {
    return rounds > 0 && median <= goal.figure() && under >= Math.ceil(SHARE * rounds);
  }

  /** Won or missed, and how far the median is from the figure. */
  String standing() {
    double over = 100 * (median / goal.figure() - 1);
    return "%s, %.0f %% %s"
        .formatted(won() ? "**won**" : "missed", Math.abs(over), over > 0 ? "over" : "under");
  }

  String text() {
    if (rounds == 0) {
      return balancer + ": not measured";
    }
    return "%s: %s, %d of %d rounds at or under: %s"
        .formatted(balancer, Figures.text(median), under, rounds, standing());
  }

  JsonObject json() {
    return new JsonObject()
        .put("balancer", balancer)
        .put("goal", goal.text())
        .put("figure", goal.figure())
        .put("relative", goal.relative())
        .put("median", Double.isFinite(median) ? median : null)
        .put("under", under)
        .put("rounds", rounds)
        .put("won", won());
  }
}
