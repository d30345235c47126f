package io.steelyard.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** All samples of a run, in the order in which they were taken. */
final class Results {

  private final List<Sample> samples = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();
  private double clocksApartMicros;

  void add(Sample sample) {
    samples.add(sample);
  }

  /** A row that could not be measured, wholly or from some point on. */
  void failed(String row, String why) {
    failures.merge(row, why, (before, now) -> before + "; " + now);
  }

  /** How far two ways to read the processor time of one balancer were apart over a row. */
  void clocksApart(double micros) {
    clocksApartMicros = Math.max(clocksApartMicros, Math.abs(micros));
  }

  /** At most, of all rows. */
  double clocksApartMicros() {
    return clocksApartMicros;
  }

  Map<String, String> failures() {
    return failures;
  }

  List<Sample> all() {
    return samples;
  }

  List<Sample> of(String row) {
    return samples.stream().filter(sample -> sample.row().equals(row)).toList();
  }

  List<Sample> of(String row, String balancer) {
    return of(row).stream().filter(sample -> sample.balancer().equals(balancer)).toList();
  }

  /** In the order of the first round. */
  List<String> balancers(String row) {
    return of(row).stream().map(Sample::balancer).distinct().toList();
  }

  double median(String row, String balancer, Measure measure) {
    return Figures.median(of(row, balancer).stream().map(sample -> sample.value(measure)).toList());
  }

  /**
   * Each round's value over the best peer's in the same round; rounds without a peer are left out.
   */
  List<Double> toBestPeer(String row, String balancer, Measure measure) {
    List<Double> ratios = new ArrayList<>();
    for (Sample sample : of(row, balancer)) {
      OptionalDouble best =
          of(row).stream()
              .filter(other -> other.peer() && other.round() == sample.round())
              .mapToDouble(other -> other.value(measure))
              .filter(value -> !Double.isNaN(value))
              .min();
      best.ifPresent(value -> ratios.add(sample.value(measure) / value));
    }
    return ratios;
  }
}
