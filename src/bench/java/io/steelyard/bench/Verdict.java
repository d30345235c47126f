package io.steelyard.bench;

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

  String text() {
    if (rounds == 0) {
      return balancer + ": not measured";
    }
    return "%s: %s, %d of %d rounds at or under: %s"
        .formatted(balancer, Figures.text(median), under, rounds, won() ? "**won**" : "missed");
  }
}
