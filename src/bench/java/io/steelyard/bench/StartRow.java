package io.steelyard.bench;

import java.util.ArrayList;
import java.util.Comparator;
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
    // Who goes on compiling after its first answer comes last, and so disturbs nobody's start.
    List<Balancer> order =
        stage.balancers().stream().sorted(Comparator.comparing(Balancer::warmUp)).toList();
    // The first start of each reads files from the disk, and warms up who asks.
    for (int round = 0; round <= stage.settings().rounds() && stage.timeLeft(); round++) {
      for (Sample sample : once(stage, scene, order, round)) {
        if (round > 0) {
          stage.results().add(sample);
        }
      }
    }
  }

  /** One start after the other; then all idle together. */
  private List<Sample> once(Stage stage, Scene scene, List<Balancer> order, int round) {
    List<Starting> started = new ArrayList<>();
    try {
      for (Balancer balancer : order) {
        started.add(Starting.of(stage, scene, balancer));
      }
      Stage.settle();
      return started.stream().map(one -> sample(one, round)).toList();
    } finally {
      started.forEach(one -> one.running().close());
    }
  }

  private Sample sample(Starting one, int round) {
    double resident = one.running().child().tree().residentKib() / 1024.0;
    return Sample.of(
        name(),
        one.running().balancer(),
        round,
        Map.of(Measure.START, one.millis(), Measure.RESIDENT, resident));
  }
}
