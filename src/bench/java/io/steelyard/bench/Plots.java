package io.steelyard.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Bars as PNG: a chart a row, and one of all that have a best peer to be compared to. */
final class Plots {

  private final Path output;

  Plots(Path output) {
    this.output = output;
  }

  void write(List<Row> rows, Results results) throws IOException {
    List<Row> measured =
        rows.stream().filter(row -> !results.balancers(row.name()).isEmpty()).toList();
    for (Row row : measured) {
      row(row, results);
    }
    List<Row> relative =
        measured.stream().filter(row -> row.goals().getFirst().relative()).toList();
    if (!relative.isEmpty()) {
      ratios(relative, results);
    }
  }

  /** Medians, with the best and the worst round. */
  private void row(Row row, Results results) throws IOException {
    Measure measure = row.goals().getFirst().measure();
    List<String> balancers = results.balancers(row.name());
    CategoryChart chart = chart(row.name() + ": " + row.title(), measure.label());
    chart.getStyler().setLegendVisible(false);
    List<Double> medians = new ArrayList<>();
    List<Double> spread = new ArrayList<>();
    for (String balancer : balancers) {
      List<Double> values =
          results.of(row.name(), balancer).stream()
              .map(sample -> sample.value(measure))
              .filter(value -> !value.isNaN())
              .toList();
      double median = Figures.median(values);
      medians.add(finite(median));
      spread.add(values.stream().mapToDouble(value -> Math.abs(value - median)).max().orElse(0));
    }
    chart.addSeries(measure.label(), balancers, medians, spread);
    save(chart, row.name());
  }

  private void ratios(List<Row> rows, Results results) throws IOException {
    CategoryChart chart = chart("Over the best peer of each row (1.00)", "ratio");
    List<String> names = rows.stream().map(Row::name).toList();
    Set<String> balancers = new LinkedHashSet<>();
    names.forEach(name -> balancers.addAll(results.balancers(name)));
    for (String balancer : balancers) {
      List<Double> ratios = new ArrayList<>();
      for (Row row : rows) {
        Measure measure = row.goals().getFirst().measure();
        ratios.add(finite(Figures.median(results.toBestPeer(row.name(), balancer, measure))));
      }
      chart.addSeries(balancer, names, ratios);
    }
    save(chart, "ratios");
  }

  private static double finite(double value) {
    return Double.isFinite(value) ? value : 0;
  }

  private static CategoryChart chart(String title, String unit) {
    CategoryChart chart =
        new CategoryChartBuilder().width(1_000).height(420).title(title).yAxisTitle(unit).build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setXAxisLabelRotation(30);
    return chart;
  }

  private void save(CategoryChart chart, String name) throws IOException {
    BitmapEncoder.saveBitmap(chart, output.resolve(name).toString(), BitmapFormat.PNG);
  }
}
