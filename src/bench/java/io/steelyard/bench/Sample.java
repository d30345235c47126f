package io.steelyard.bench;

import java.util.EnumMap;
import java.util.Map;

/**
 * What one balancer did in one round of a row.
 *
 * @param round from 1
 * @param values not every row has every measure
 */
record Sample(String row, String balancer, boolean peer, int round, Map<Measure, Double> values) {

  static Sample of(String row, Balancer balancer, int round, Map<Measure, Double> values) {
    return new Sample(row, balancer.name(), balancer.peer(), round, new EnumMap<>(values));
  }

  /** Of a load's outcome. */
  static Sample of(String row, Balancer balancer, int round, Outcome outcome, long residentKib) {
    return of(
        row,
        balancer,
        round,
        Map.of(
            Measure.CPU, outcome.cpuMicrosPerOperation(),
            Measure.RATE, outcome.operationsPerSecond(),
            Measure.P50, outcome.latency().p50(),
            Measure.P99, outcome.latency().p99(),
            Measure.P999, outcome.latency().p999(),
            Measure.RESIDENT, residentKib / 1024.0,
            Measure.FAILURES, (double) outcome.failures()));
  }

  double value(Measure measure) {
    return values.getOrDefault(measure, Double.NaN);
  }
}
