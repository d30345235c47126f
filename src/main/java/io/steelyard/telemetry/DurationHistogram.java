package io.steelyard.telemetry;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** Durations counted in fixed buckets. Recording takes no lock; any thread. */
final class DurationHistogram {

  /** Handshake, connect, probe: 1 ms to 10 s. */
  static final double[] SHORT_SECONDS = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10
  };

  /** Connections: ten steps from 0.1 s to a day. */
  static final double[] LONG_SECONDS = {0.1, 0.5, 2, 10, 60, 300, 1800, 7200, 28_800, 86_400};

  private static final double NANOS_PER_SECOND = 1e9;

  private final double[] bounds;
  private final long[] boundsNanos;
  private final LongAdder[] buckets;
  private final LongAdder sumNanos = new LongAdder();

  DurationHistogram(double[] boundsSeconds) {
    this.bounds = boundsSeconds.clone();
    this.boundsNanos =
        Arrays.stream(bounds).mapToLong(bound -> Math.round(bound * NANOS_PER_SECOND)).toArray();
    this.buckets = new LongAdder[bounds.length + 1];
    Arrays.setAll(buckets, i -> new LongAdder());
  }

  /** Counts one duration; a bound belongs to its own bucket. */
  void record(long durationNanos) {
    int bucket = 0;
    while (bucket < boundsNanos.length && durationNanos > boundsNanos[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sumNanos.add(durationNanos);
  }

  /** Upper bounds in seconds, without the infinite one. */
  double[] bounds() {
    return bounds.clone();
  }

  /**
   * How many were at most each bound, and last of all how many there were: read bucket by bucket,
   * so that the counts never fall from one bound to the next.
   */
  long[] cumulative() {
    long[] counts = new long[buckets.length];
    long sum = 0;
    for (int i = 0; i < buckets.length; i++) {
      sum += buckets[i].sum();
      counts[i] = sum;
    }
    return counts;
  }

  double sumSeconds() {
    return sumNanos.sum() / NANOS_PER_SECOND;
  }
}
