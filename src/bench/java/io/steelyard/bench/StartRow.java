package io.steelyard.bench;

import java.util.List;
import java.util.Map;

/** From exec to the first byte of an answer, and what the process takes when it then idles. */
record StartRow() implements Row {

  @Override
  public int number() {
    return 9;
  }

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String title() {
    return "exec to the first byte of an answer through TLS; resident memory when idle";
  }

  @Override
  public List<Goal> goals() {
    return List.of(Goal.atMost(Measure.START, 80), Goal.atMost(Measure.RESIDENT, 60));
  }

  @Override
  public List<Measure> measures() {
    return List.of(Measure.START, Measure.RESIDENT);
  }

  @Override
  public void run(Stage stage) {
    Scene scene = stage.terminating(name());
    // The first start of each reads files from the disk, and warms up who asks.
    for (int round = 0; round <= stage.settings().rounds() && stage.timeLeft(); round++) {
      for (Balancer balancer : stage.balancers()) {
        Map<Measure, Double> values = once(stage, scene, balancer);
        if (round > 0) {
          stage.results().add(Sample.of(name(), balancer, round, values));
        }
      }
    }
  }

  private static Map<Measure, Double> once(Stage stage, Scene scene, Balancer balancer) {
    Starting starting = Starting.of(stage, scene, balancer);
    try (Running running = starting.running()) {
      Stage.settle();
      return Map.of(
          Measure.START,
          starting.millis(),
          Measure.RESIDENT,
          running.child().tree().residentKib() / 1024.0);
    }
  }
}
