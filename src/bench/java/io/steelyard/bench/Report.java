package io.steelyard.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * {@code report.md} and {@code report.json}.
 *
 * @param about the balancers, asked once: a JVM takes its time to say its version
 */
record Report(Settings settings, Machine machine, List<About> about, Instant began) {

  /** What a balancer says of itself. */
  record About(String name, String version, String logs) {

    static About of(Balancer balancer) {
      return new About(balancer.name(), balancer.version(), balancer.logs());
    }
  }

  /** Writes both, of what was measured so far. */
  void write(List<Row> rows, Results results, Progress progress) {
    Path output = settings.output();
    Texts.write(output.resolve("report.md"), markdown(rows, results, progress));
    Texts.write(output.resolve("report.json"), json(rows, results).encodePrettily());
  }

  private String markdown(List<Row> rows, Results results, Progress progress) {
    StringBuilder text = new StringBuilder("# Benchmark\n\n");
    text.append(
        "%s, %d rounds of %d s, %d s in all. %s, %d processors, %s; load when it began: %s.\n"
            .formatted(
                began.truncatedTo(ChronoUnit.SECONDS),
                settings.rounds(),
                settings.window().toSeconds(),
                progress.elapsed().toSeconds(),
                machine.processor(),
                machine.processors(),
                machine.kernel(),
                machine.load()));
    text.append(
            "\n## Summary\n\nRatios are to the best peer of the same round, medians over the rounds; rounds at or under the figure.")
        .append("\n\n")
        .append(Summary.of(rows, results).markdown());
    text.append("\n## Conditions\n\nHow it is measured and read: `src/docs/performance.md`. ")
        .append("Clients: TLS 1.3, %s, %s. ".formatted(Clients.SUITE, Clients.GROUP))
        .append("Each balancer has %d workers.\n\n".formatted(Balancer.WORKERS))
        .append("| balancer | version | writes down of a flow |\n|---|---|---|\n");
    about.forEach(
        one -> text.append("| %s | %s | %s |\n".formatted(one.name(), one.version(), one.logs())));
    text.append("\n![What Steelyard costs over the best peer](ratios.png)\n");
    rows.forEach(row -> text.append(section(row, results)));
    text.append(
        "\nThe processes' clocks and `/proc/PID/stat` were at most %.0f ms apart over a row (steps of 10 ms).\n"
            .formatted(results.clocksApartMicros() / 1e3));
    return text.toString();
  }

  private static String section(Row row, Results results) {
    StringBuilder text =
        new StringBuilder("\n## %d %s\n\n%s.\n\n".formatted(row.number(), row.name(), row.title()));
    if (results.failures().containsKey(row.name())) {
      text.append("**Incomplete: %s**\n\n".formatted(results.failures().get(row.name())));
    }
    List<String> balancers = results.balancers(row.name());
    if (balancers.isEmpty()) {
      return text.toString();
    }
    text.append(table(row, results, balancers)).append("\n");
    for (Goal goal : row.goals()) {
      text.append("Goal: %s. ".formatted(goal.text()));
      text.append(
          verdicts(row, goal, results).stream()
              .map(Verdict::text)
              .collect(Collectors.joining("; ", "", ".\n")));
    }
    return text.append("\n![%s](%s.png)\n".formatted(row.name(), row.name())).toString();
  }

  /** Medians over the rounds; the ratio's, too, is a median of ratios, not a ratio of medians. */
  private static String table(Row row, Results results, List<String> balancers) {
    Goal first = row.goals().getFirst();
    StringBuilder text = new StringBuilder("| balancer |");
    row.measures().forEach(measure -> text.append(" %s |".formatted(measure.label())));
    text.append(" %s ÷ best peer |\n|---|".formatted(first.measure().label()));
    text.append("--:|".repeat(row.measures().size() + 1)).append("\n");
    for (String balancer : balancers) {
      text.append("| %s |".formatted(balancer));
      for (Measure measure : row.measures()) {
        text.append(" %s |".formatted(Figures.text(results.median(row.name(), balancer, measure))));
      }
      double ratio = Figures.median(results.toBestPeer(row.name(), balancer, first.measure()));
      text.append(" %s |\n".formatted(Figures.text(ratio)));
    }
    return text.toString();
  }

  private static List<Verdict> verdicts(Row row, Goal goal, Results results) {
    return results.of(row.name()).stream()
        .filter(sample -> !sample.peer())
        .map(Sample::balancer)
        .distinct()
        .map(balancer -> Verdict.of(results, row.name(), balancer, goal))
        .toList();
  }

  private JsonObject json(List<Row> rows, Results results) {
    JsonArray balancers = new JsonArray();
    about.forEach(
        one ->
            balancers.add(
                new JsonObject()
                    .put("name", one.name())
                    .put("version", one.version())
                    .put("logs", one.logs())));
    JsonArray all = new JsonArray();
    rows.forEach(row -> all.add(json(row, results)));
    return new JsonObject()
        .put("began", began.toString())
        .put("rounds", settings.rounds())
        .put("seconds", settings.window().toSeconds())
        .put("processor", machine.processor())
        .put("processors", machine.processors())
        .put("kernel", machine.kernel())
        .put("load", machine.load())
        .put("balancers", balancers)
        .put("summary", Summary.of(rows, results).json())
        .put("rows", all);
  }

  private static JsonObject json(Row row, Results results) {
    JsonArray samples = new JsonArray();
    for (Sample sample : results.of(row.name())) {
      JsonObject values =
          new JsonObject().put("balancer", sample.balancer()).put("round", sample.round());
      sample
          .values()
          .forEach(
              (measure, value) -> {
                if (Double.isFinite(value)) {
                  values.put(measure.name().toLowerCase(Locale.ROOT), value);
                }
              });
      samples.add(values);
    }
    return new JsonObject()
        .put("number", row.number())
        .put("name", row.name())
        .put("incomplete", results.failures().get(row.name()))
        .put("samples", samples);
  }
}
