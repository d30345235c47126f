package io.steelyard.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a balancer's threads do while a load is on it, sampled by perf: {@code make flames}. Each
 * row's stacks go to {@code ROW.svg}.
 */
record Recording(Guard guard, Path output) {

  /** A load has begun by then. */
  private static final Duration LEAD = Duration.ofMillis(500);

  /** A prime number a second, so that nothing that is done every so often is in step with it. */
  private static final int SAMPLES_PER_SECOND = 1_999;

  /** Puts the load on it, and draws. */
  Path draw(String row, Running running, Load load, Backend backend, Duration window) {
    Path data = output.resolve(row + ".perf");
    String pids =
        running
            .child()
            .tree()
            .pids()
            .map(pid -> Long.toString(pid))
            .collect(Collectors.joining(","));
    List<String> command =
        List.of(
            "perf",
            "record",
            "--quiet",
            "-g",
            "-F",
            Integer.toString(SAMPLES_PER_SECOND),
            "--delay",
            Long.toString(LEAD.toMillis()),
            "-p",
            pids,
            "-o",
            data.toString(),
            "--",
            "sleep",
            Double.toString(window.plus(LEAD).toMillis() / 1e3));
    try (Child perf = Child.start(guard, output, "perf-" + row, command, Map.of())) {
      load.run(running.target(backend), window.plus(LEAD.multipliedBy(2)));
      perf.awaitOutput();
      return Texts.write(output.resolve(row + ".svg"), FlameGraph.svg(row, read(data)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stacks read(Path data) throws IOException {
    Path log = data.resolveSibling(data.getFileName() + ".log");
    Process script =
        new ProcessBuilder("perf", "script", "-i", data.toString(), "-F", "comm,ip,sym,dso")
            .redirectError(log.toFile())
            .start();
    try (BufferedReader lines = script.inputReader()) {
      Stacks stacks = Stacks.read(lines);
      if (stacks.root().samples() == 0) {
        throw new IOException("perf has no samples: " + Files.readString(log));
      }
      return stacks;
    }
  }
}
