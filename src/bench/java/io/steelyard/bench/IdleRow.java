package io.steelyard.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a TLS flow costs that has had one exchange and is then idle; one round. */
record IdleRow() implements Row {

  /** What neither flows nor their backend's connections may take. */
  private static final int SPARE_FILES = 600;

  @Override
  public int number() {
    return 6;
  }

  @Override
  public String name() {
    return "idle-flows";
  }

  @Override
  public String title() {
    return "resident memory of an idle TLS flow (of fewer than 10k where open files are limited)";
  }

  @Override
  public List<Goal> goals() {
    return List.of(Goal.atMost(Measure.FLOW_10K, 14));
  }

  @Override
  public List<Measure> measures() {
    return List.of(Measure.FLOW_1K, Measure.FLOW_5K, Measure.FLOW_10K, Measure.RESIDENT);
  }

  @Override
  public void run(Stage stage) {
    List<Running> running = stage.startAll(stage.terminating(name()));
    try {
      Stage.settle();
      for (Running one : running) {
        try {
          Map<Measure, Double> values = measure(stage, one);
          stage.results().add(Sample.of(name(), one.balancer(), 1, values));
        } catch (RuntimeException e) {
          stage.failed(name(), one.balancer(), e);
        }
      }
    } finally {
      running.forEach(Running::close);
    }
  }

  private static Map<Measure, Double> measure(Stage stage, Running running) {
    ProcessTree tree = running.child().tree();
    long before = tree.residentKib();
    int most = Math.min(10_000, (Ports.openFiles() - SPARE_FILES) / 2);
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    try (IdleFlows flows = new IdleFlows(stage.clients(), running.target(stage.backend()))) {
      for (Measure measure : List.of(Measure.FLOW_1K, Measure.FLOW_5K, Measure.FLOW_10K)) {
        int count = Math.min(most, count(measure));
        flows.grow(count);
        Stage.settle();
        values.put(measure, (tree.residentKib() - before) / (double) count);
      }
      values.put(Measure.RESIDENT, tree.residentKib() / 1024.0);
    }
    return values;
  }

  private static int count(Measure measure) {
    return switch (measure) {
      case FLOW_1K -> 1_000;
      case FLOW_5K -> 5_000;
      default -> 10_000;
    };
  }
}
