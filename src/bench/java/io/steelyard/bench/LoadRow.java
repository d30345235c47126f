package io.steelyard.bench;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A row that puts one load on one scene.
 *
 * @param scene made of the stage and the row's name
 * @param load made of the stage
 */
record LoadRow(
    int number,
    String name,
    String title,
    List<Goal> goals,
    BiFunction<Stage, String, Scene> scene,
    Function<Stage, Load> load)
    implements Row {

  static final List<Measure> MEASURES =
      List.of(
          Measure.CPU,
          Measure.RATE,
          Measure.P50,
          Measure.P99,
          Measure.P999,
          Measure.RESIDENT,
          Measure.FAILURES);

  @Override
  public List<Measure> measures() {
    return MEASURES;
  }

  @Override
  public void run(Stage stage) {
    List<Running> running = stage.startAll(scene.apply(stage, name));
    try {
      Load put = load.apply(stage);
      stage.warm(running, put);
      if (stage.settings().flames()) {
        running.forEach(one -> stage.record(name, one, put));
        return;
      }
      stage.rounds(name, running, put, stage.settings().window());
    } finally {
      running.forEach(Running::close);
    }
  }
}
