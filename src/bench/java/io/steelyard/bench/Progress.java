package io.steelyard.bench;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What whoever waits for a run reads: one line a step, with the time since its start. */
final class Progress {

  private final long startNanos = System.nanoTime();
  private final PrintWriter out =
      new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  void say(String line) {
    Duration elapsed = elapsed();
    out.printf("%02d:%02d %s%n", elapsed.toMinutes(), elapsed.toSecondsPart(), line);
  }

  /** Since the run began. */
  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }
}
