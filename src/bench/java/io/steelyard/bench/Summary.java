package io.steelyard.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How Steelyard stands to every goal, and who is ahead there: the report's first table.
 *
 * @param lines in the order of the rows; those of a row's goals follow each other
 */
record Summary(List<Line> lines) {

  /**
   * One goal of one row.
   *
   * @param complete whether nothing was left out of the row
   * @param medians of what the goal is about, by balancer
   * @param verdicts of Steelyard's forms, by balancer
   */
  record Line(
      String row,
      boolean complete,
      Goal goal,
      Map<String, Double> medians,
      Map<String, Verdict> verdicts) {

    /** Who has the least; empty where nobody was measured. */
    Optional<String> ahead() {
      return medians.entrySet().stream()
          .filter(one -> Double.isFinite(one.getValue()))
          .min(Map.Entry.comparingByValue())
          .map(Map.Entry::getKey);
    }
  }

  static Summary of(List<Row> rows, Results results) {
    List<Line> lines = new ArrayList<>();
    for (Row row : rows) {
      for (Goal goal : row.goals()) {
        Map<String, Double> medians = new LinkedHashMap<>();
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        for (String balancer : results.balancers(row.name())) {
          medians.put(balancer, results.median(row.name(), balancer, goal.measure()));
          if (!results.of(row.name(), balancer).getFirst().peer()) {
            verdicts.put(balancer, Verdict.of(results, row.name(), balancer, goal));
          }
        }
        lines.add(
            new Line(
                row.name(), !results.failures().containsKey(row.name()), goal, medians, verdicts));
      }
    }
    return new Summary(lines);
  }

  /** Forms of Steelyard in the order in which they were measured. */
  private List<String> forms() {
    return lines.stream()
        .flatMap(line -> line.verdicts().keySet().stream())
        .distinct()
        .sorted()
        .toList();
  }

  String markdown() {
    List<String> forms = forms();
    StringBuilder text = new StringBuilder("| row | goal |");
    forms.forEach(form -> text.append(" %s | rounds | |".formatted(form)));
    text.append(" least has |\n|---|---|").append("--:|--:|---|".repeat(forms.size()));
    text.append("---|\n");
    for (Line line : lines) {
      text.append(
          "| %s | %s |"
              .formatted(
                  line.row() + (line.complete() ? "" : " (incomplete)"), line.goal().text()));
      for (String form : forms) {
        text.append(cells(line.verdicts().get(form)));
      }
      text.append(" %s |\n".formatted(line.ahead().orElse("–")));
    }
    return text.toString();
  }

  private static String cells(@Nullable Verdict verdict) {
    if (verdict == null || verdict.rounds() == 0) {
      return " – | – | |";
    }
    return " %s | %d of %d | %s |"
        .formatted(
            Figures.text(verdict.median()), verdict.under(), verdict.rounds(), verdict.standing());
  }

  JsonArray json() {
    JsonArray all = new JsonArray();
    for (Line line : lines) {
      JsonObject medians = new JsonObject();
      line.medians()
          .forEach(
              (balancer, median) -> {
                if (Double.isFinite(median)) {
                  medians.put(balancer, median);
                }
              });
      JsonArray verdicts = new JsonArray();
      line.verdicts().values().forEach(verdict -> verdicts.add(verdict.json()));
      all.add(
          new JsonObject()
              .put("row", line.row())
              .put("complete", line.complete())
              .put("goal", line.goal().text())
              .put("measure", line.goal().measure().name().toLowerCase(Locale.ROOT))
              .put("medians", medians)
              .put("ahead", line.ahead().orElse(null))
              .put("verdicts", verdicts));
    }
    return all;
  }
}
