package io.steelyard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one run was asked for.
 *
 * @param rows numbers or names of rows; empty is all of them
 * @param balancers names of those that are measured; empty is all of them
 * @param rounds how often every balancer is measured in every row
 * @param window how long one measurement lasts
 * @param limit no round begins after this much of the run
 * @param output where the report goes
 * @param peers a root that holds the peers' commands, see {@code src/bench/peers}
 * @param cache what is made once and kept between runs
 * @param executable the native executable; measured where it exists
 * @param jar the packaged application; measured where it exists
 * @param jvmFlags what the JVM of the packaged application is given
 * @param flames whether flame graphs of the executable are drawn instead of measuring it
 */
record Settings(
    List<String> rows,
    List<String> balancers,
    int rounds,
    Duration window,
    Duration limit,
    Path output,
    Path peers,
    Path cache,
    Path executable,
    Path jar,
    List<String> jvmFlags,
    boolean flames) {

  /**
   * Reads {@code --name=value} arguments.
   *
   * @throws IllegalArgumentException names the argument that is wrong
   */
  static Settings of(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts.length != 2 || !parts[0].startsWith("--")) {
        throw new IllegalArgumentException(argument + " (expected: --name=value)");
      }
      given.put(parts[0].substring(2), parts[1].strip());
    }
    return new Settings(
        words(given.getOrDefault("rows", ""), ","),
        words(given.getOrDefault("balancers", ""), ","),
        number(given, "rounds", 5, 1, 99),
        Duration.ofSeconds(number(given, "seconds", 1, 1, 60)),
        Duration.ofSeconds(number(given, "limit", 1_080, 10, 7_200)),
        Path.of(given.getOrDefault("output", "target/bench")).toAbsolutePath(),
        Path.of(given.getOrDefault("peers", "/")),
        Path.of(given.getOrDefault("cache", "target/bench/cache")).toAbsolutePath(),
        Path.of(given.getOrDefault("executable", "none")).toAbsolutePath(),
        Path.of(given.getOrDefault("jar", "target/quarkus-app/quarkus-run.jar")).toAbsolutePath(),
        words(given.getOrDefault("jvm-flags", ""), "\\s+"),
        given.containsKey("flames"));
  }

  private static List<String> words(String text, String separator) {
    return text.isEmpty() ? List.of() : List.of(text.split(separator));
  }

  private static int number(Map<String, String> given, String name, int other, int min, int max) {
    String text = given.getOrDefault(name, "");
    int value = text.isEmpty() ? other : Integer.parseInt(text);
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "--%s=%d (expected: %d..%d)".formatted(name, value, min, max));
    }
    return value;
  }
}
