package io.steelyard.jmh;

import io.steelyard.config.BalancerDocument;
import io.steelyard.control.ChangePlan;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The difference of two documents of 10,000 backends: one weight, or a backend in two. {@code make
 * jmh ARGS="ChangePlan"}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class ChangePlanBenchmark {

  private static final int BACKENDS = 10_000;

  /** What changes. */
  public enum Change {
    ONE_WEIGHT,
    HALF_LEFT
  }

  @Param Change change;

  private Optional<BalancerDocument> old;
  private BalancerDocument next;

  /** Reads both documents. */
  @Setup
  public void prepare() {
    old = Optional.of(Documents.of("weighted-round-robin", BACKENDS, 100));
    next =
        switch (change) {
          case ONE_WEIGHT -> Documents.of("weighted-round-robin", BACKENDS, 50);
          case HALF_LEFT -> Documents.of("weighted-round-robin", BACKENDS / 2, 100);
        };
  }

  /** The whole plan. */
  @Benchmark
  public ChangePlan between() {
    return ChangePlan.between(old, next);
  }
}
