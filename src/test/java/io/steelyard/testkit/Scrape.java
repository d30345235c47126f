package io.steelyard.testkit;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** One answer of {@code /q/metrics}. */
public record Scrape(List<String> lines) {

  static Scrape of(String text) {
    return new Scrape(text.lines().filter(line -> !line.startsWith("#")).toList());
  }

  /**
   * The sum over all series of that name with these labels; 0 where there is none.
   *
   * @param labels each {@code name="value"}
   */
  public double sum(String name, String... labels) {
    return matching(name, labels)
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Whether there is a series of that name with these labels. */
  public boolean has(String name, String... labels) {
    return matching(name, labels).findAny().isPresent();
  }

  private Stream<String> matching(String name, String... labels) {
    return lines.stream()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Arrays.stream(labels).allMatch(line::contains));
  }
}
