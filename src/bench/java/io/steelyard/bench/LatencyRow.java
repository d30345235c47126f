package io.steelyard.bench;

import java.util.List;

/** Latency at half of what the best peer can do at most, which is measured first. */
record LatencyRow() implements Row {

  /** A window is longer: a percentile near the end is of few exchanges. */
  private static final int WINDOWS = 2;

  @Override
  public int number() {
    return 7;
  }

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String title() {
    return "1 KiB replies over 64 kept TLS connections at half the best peer's maximum, open loop";
  }

  @Override
  public List<Goal> goals() {
    return List.of(Goal.ofBestPeer(Measure.P99, 1.00));
  }

  @Override
  public List<Measure> measures() {
    return LoadRow.MEASURES;
  }

  @Override
  public void run(Stage stage) {
    List<Running> running = stage.startAll(stage.terminating(name()));
    try {
      stage.warm(running, stage.wrk(64, false));
      double most =
          running.stream()
              .filter(one -> one.balancer().peer())
              .mapToDouble(one -> maximum(stage, one))
              .max()
              .orElseThrow(() -> new IllegalStateException("no peer"));
      stage.say("  latency at %d exchanges a second".formatted(Math.round(most / 2)));
      Load load = new FixedRateLoad(stage.clients(), most / 2);
      stage.rounds(name(), running, load, stage.settings().window().multipliedBy(WINDOWS));
    } finally {
      running.forEach(Running::close);
    }
  }

  private static double maximum(Stage stage, Running one) {
    return stage
        .wrk(64, false)
        .run(one.target(stage.backend()), stage.settings().window())
        .operationsPerSecond();
  }
}
