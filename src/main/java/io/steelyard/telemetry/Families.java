package io.steelyard.telemetry;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.steelyard.telemetry.MeterNames.Name;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The samples of one scrape, gathered under their metrics. One thread. */
final class Families {

  private final Map<Name, List<Sample>> samples = new LinkedHashMap<>();

  /** Adds a value of a counter or gauge; labels in the order of the name's. */
  void add(Name name, double value, String... labels) {
    if (labels.length != name.labels().size()) {
      throw new IllegalStateException(name.name() + " has labels " + name.labels());
    }
    of(name).add(new Sample(name.name(), name.labels(), List.of(labels), value));
  }

  /** Adds a histogram under its one label. */
  void add(Name name, DurationHistogram histogram, String label) {
    List<Sample> family = of(name);
    List<String> labels = List.of(label);
    List<String> bucketLabels = List.of(name.labels().getFirst(), "le");
    double[] bounds = histogram.bounds();
    long[] counts = histogram.cumulative();
    for (int i = 0; i < counts.length; i++) {
      double bound = i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY;
      family.add(
          new Sample(
              name.name() + "_bucket",
              bucketLabels,
              List.of(label, Collector.doubleToGoString(bound)),
              counts[i]));
    }
    double count = counts[counts.length - 1];
    family.add(new Sample(name.name() + "_count", name.labels(), labels, count));
    family.add(new Sample(name.name() + "_sum", name.labels(), labels, histogram.sumSeconds()));
  }

  private List<Sample> of(Name name) {
    return samples.computeIfAbsent(name, key -> new ArrayList<>());
  }

  /** All of them, in the order in which each metric was first added. */
  List<MetricFamilySamples> all() {
    List<MetricFamilySamples> all = new ArrayList<>(samples.size());
    samples.forEach(
        (name, values) ->
            all.add(new MetricFamilySamples(name.name(), name.type(), name.help(), values)));
    return all;
  }
}
