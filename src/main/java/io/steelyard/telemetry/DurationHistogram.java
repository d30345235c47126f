package io.steelyard.telemetry;

import java.util.Arrays;

/** Durations counted in fixed buckets. */
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

  /** One a bucket, then one of what is above all bounds, then the sum of nanoseconds. */
  private final LoopCounters counters;

  DurationHistogram(double[] boundsSeconds, int loops) {
    this.bounds = boundsSeconds.clone();
    this.boundsNanos =
        Arrays.stream(bounds).mapToLong(bound -> Math.round(bound * NANOS_PER_SECOND)).toArray();
    this.counters = new LoopCounters(loops, bounds.length + 2);
  }

  /** Counts one duration; on the event loop of that index only. */
  void record(int loop, long durationNanos) {
    counters.add(loop, bucket(durationNanos), 1);
    counters.add(loop, bounds.length + 1, durationNanos);
  }

  /** Counts one duration; any thread. */
  void record(long durationNanos) {
    counters.add(bucket(durationNanos), 1);
    counters.add(bounds.length + 1, durationNanos);
  }

  /** A bound belongs to its own bucket. */
  private int bucket(long durationNanos) {
    int bucket = 0;
    while (bucket < boundsNanos.length && durationNanos > boundsNanos[bucket]) {
      bucket++;
    }
    return bucket;
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
    long[] counts = new long[bounds.length + 1];
    long sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += counters.sum(i);
      counts[i] = sum;
    }
    return counts;
  }

  double sumSeconds() {
    return counters.sum(bounds.length + 1) / NANOS_PER_SECOND;
  }
}
