package io.steelyard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** One of those that are compared: how it is configured for a scene, and how it is run. */
interface Balancer {

  /** Event loops, threads or worker processes of each. */
  int WORKERS = 2;

  /** For caches, buffers and pages; who compiles needs longer. */
  Duration BRIEF = Duration.ofSeconds(1);

  /** As in tables and plots. */
  String name();

  /** Version and TLS library, in its own words. */
  String version();

  /** What it writes down of a connection in these benchmarks. */
  String logs();

  /** Whether it is one of those that Steelyard is compared to. */
  default boolean peer() {
    return true;
  }

  /** How long it is warmed up before a row. */
  default Duration warmUp() {
    return BRIEF;
  }

  /** Whether it can do what the scene wants. */
  boolean can(Scene scene);

  /**
   * Writes its configuration for the scene and says how it is run.
   *
   * @param directory its own; exists
   * @param port the first of the scene's listeners, on 127.0.0.1
   */
  Launch prepare(Scene scene, Path directory, int port);

  /** A command with its environment. */
  record Launch(List<String> command, Map<String, String> environment) {}
}
