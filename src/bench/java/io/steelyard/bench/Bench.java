package io.steelyard.bench;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** {@code make bench}: measures the rows that were asked for, and writes a report after each. */
final class Bench {

  private final Settings settings;
  private final Progress progress = new Progress();

  private Bench(Settings settings) {
    this.settings = settings;
  }

  /** The arguments of {@link Settings}; exits 1 where a row could not be measured. */
  public static void main(String[] arguments) throws IOException {
    System.setProperty("java.awt.headless", "true");
    System.exit(new Bench(Settings.of(arguments)).run() ? 0 : 1);
  }

  private boolean run() throws IOException {
    List<Row> rows = Rows.chosen(settings.rows());
    try (Stage stage = new Stage(settings, progress)) {
      List<Report.About> about = stage.balancers().stream().map(Report.About::of).toList();
      about.forEach(one -> progress.say(one.name() + ": " + one.version()));
      Report report = new Report(settings, Machine.here(), about, Instant.now());
      List<Row> begun = new ArrayList<>();
      for (Row row : rows) {
        begun.add(row);
        measure(stage, row);
        if (!settings.flames()) {
          report.write(begun, stage.results(), progress);
        }
      }
      if (!settings.flames()) {
        plot(rows, stage.results());
        progress.say("report: " + settings.output().resolve("report.md"));
      }
      return stage.results().failures().isEmpty();
    }
  }

  /** One row's failure does not take the others with it. */
  private void measure(Stage stage, Row row) {
    Results results = stage.results();
    if (!stage.timeLeft()) {
      results.failed(row.name(), "not measured: the time was up");
      return;
    }
    progress.say("row %d, %s: %s".formatted(row.number(), row.name(), row.title()));
    try {
      row.run(stage);
    } catch (RuntimeException e) {
      results.failed(row.name(), e.toString());
      progress.say("  failed: " + e);
    }
    for (String balancer : results.balancers(row.name())) {
      StringBuilder line = new StringBuilder("  " + balancer);
      for (Measure measure : row.measures()) {
        String value = Figures.text(results.median(row.name(), balancer, measure));
        line.append(", ").append(measure.label()).append(" ").append(value);
      }
      progress.say(line.toString());
    }
  }

  /** Drawing wants fonts, which a headless machine may lack; the figures are in the report. */
  private void plot(List<Row> rows, Results results) {
    try {
      new Plots(settings.output()).write(rows, results);
    } catch (IOException | RuntimeException | LinkageError | InternalError e) {
      progress.say("no plots: " + e);
    }
  }
}
