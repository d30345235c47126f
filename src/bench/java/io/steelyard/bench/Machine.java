package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a reader has to know of the machine to compare figures. */
record Machine(String processor, int processors, String kernel, String load) {

  static Machine here() {
    try {
      String processor =
          Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElse(System.getProperty("os.arch"));
      return new Machine(
          processor,
          Runtime.getRuntime().availableProcessors(),
          System.getProperty("os.name") + " " + System.getProperty("os.version"),
          Files.readString(Path.of("/proc/loadavg")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
