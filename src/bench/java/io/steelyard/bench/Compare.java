package io.steelyard.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code make bench-compare}: who is ahead in each row of several reports, whether they agree, and
 * what each form of Steelyard came to. The arguments are {@code report.json} files.
 */
final class Compare {

  /** A row that was not measured. */
  private static final String NOBODY = "–";

  /** A row with one of its goals, of one run after the other. */
  private final Map<String, List<JsonObject>> lines = new LinkedHashMap<>();

  private final int runs;

  private Compare(List<JsonObject> reports) {
    runs = reports.size();
    for (JsonObject report : reports) {
      if (report.getJsonArray("summary") == null) {
        throw new IllegalArgumentException(
            "a report without a summary: " + report.getString("began"));
      }
      for (JsonObject line : objects(report.getJsonArray("summary"))) {
        String key = "| %s | %s |".formatted(line.getString("row"), line.getString("goal"));
        lines.computeIfAbsent(key, first -> new ArrayList<>()).add(line);
      }
    }
  }

  /** Prints a table; exits 1 where the runs do not agree on who is ahead in a row. */
  public static void main(String[] files) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    if (files.length < 2) {
      out.println("at least two report.json files are to be compared");
      System.exit(2);
    }
    List<JsonObject> reports = new ArrayList<>();
    for (String file : files) {
      reports.add(new JsonObject(Files.readString(Path.of(file))));
    }
    Compare compare = new Compare(reports);
    out.print(compare.markdown());
    System.exit(compare.agrees() ? 0 : 1);
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("| row | goal | ahead | agree | Steelyard | won |\n");
    text.append("|---|---|---|---|---|---|\n");
    lines.forEach(
        (key, all) ->
            text.append(
                "%s %s | %s | %s | %s |\n"
                    .formatted(key, ahead(all), agrees(all), forms(all), won(all))));
    return text.toString();
  }

  private static String leader(JsonObject line) {
    String ahead = line.getString("ahead");
    return ahead == null ? NOBODY : ahead;
  }

  private static String ahead(List<JsonObject> all) {
    List<String> names = all.stream().map(Compare::leader).toList();
    return names.stream().distinct().count() == 1 ? names.getFirst() : String.join(", ", names);
  }

  private boolean agrees() {
    return lines.values().stream().noneMatch(all -> agrees(all).startsWith("no"));
  }

  /** By name; where only Steelyard's two forms change places, Steelyard is ahead all the same. */
  private String agrees(List<JsonObject> all) {
    if (all.size() < runs || all.stream().anyMatch(one -> leader(one).equals(NOBODY))) {
      return "no: not measured in all";
    }
    if (all.stream().map(Compare::leader).distinct().count() == 1) {
      return "yes";
    }
    return all.stream().allMatch(Compare::isOurs) ? "yes, on Steelyard" : "no";
  }

  private static boolean isOurs(JsonObject line) {
    String ahead = leader(line);
    return objects(line.getJsonArray("verdicts")).stream()
        .anyMatch(verdict -> verdict.getString("balancer").equals(ahead));
  }

  private static String forms(List<JsonObject> all) {
    return each(
        all,
        verdict ->
            verdict.getDouble("median") == null ? "–" : Figures.text(verdict.getDouble("median")));
  }

  private static String won(List<JsonObject> all) {
    return each(
        all,
        verdict ->
            "%s %d/%d"
                .formatted(
                    verdict.getBoolean("won") ? "won" : "missed",
                    verdict.getInteger("under"),
                    verdict.getInteger("rounds")));
  }

  /** By form, the runs in their order. */
  private static String each(List<JsonObject> all, Text of) {
    Map<String, List<String>> byForm = new LinkedHashMap<>();
    for (JsonObject line : all) {
      for (JsonObject verdict : objects(line.getJsonArray("verdicts"))) {
        byForm
            .computeIfAbsent(verdict.getString("balancer"), first -> new ArrayList<>())
            .add(of.of(verdict));
      }
    }
    return byForm.entrySet().stream()
        .map(one -> one.getKey() + ": " + String.join(", ", one.getValue()))
        .collect(Collectors.joining("; "));
  }

  /** What a cell says of a verdict. */
  private interface Text {
    String of(JsonObject verdict);
  }
}
