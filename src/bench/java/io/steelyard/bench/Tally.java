package io.steelyard.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Counts what a load of ours completes; written by its event loop, read at the window's edges. */
final class Tally {

  private static final int DIGITS = 3;
  private static final double MICRO = TimeUnit.MICROSECONDS.toNanos(1);

  private final DoubleAdder operations = new DoubleAdder();
  private final LongAdder failures = new LongAdder();
  private final Recorder latencies = new Recorder(DIGITS);

  void done(long startNanos) {
    operations.add(1);
    took(startNanos);
  }

  void took(long startNanos) {
    latencies.recordValue(Math.max(0, System.nanoTime() - startNanos));
  }

  void part(double share) {
    operations.add(share);
  }

  void failed() {
    failures.increment();
  }

  /** Lets the window pass, and says what was done in it. */
  Outcome over(Duration window, ProcessTree balancer) {
    double operationsBefore = operations.sum();
    long failuresBefore = failures.sum();
    latencies.reset();
    double cpuBefore = balancer.cpuMicros();
    long startNanos = System.nanoTime();
    Pause.of(window);
    double cpu = balancer.cpuMicros() - cpuBefore;
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    return new Outcome(
        operations.sum() - operationsBefore,
        failures.sum() - failuresBefore,
        seconds,
        cpu,
        percentiles(latencies.getIntervalHistogram()));
  }

  private static Outcome.Latency percentiles(Histogram histogram) {
    return new Outcome.Latency(
        histogram.getValueAtPercentile(50) / MICRO,
        histogram.getValueAtPercentile(99) / MICRO,
        histogram.getValueAtPercentile(99.9) / MICRO);
  }
}
