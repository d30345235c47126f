package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that a run has started, with its own: one process group, under the {@link Guard}. */
final class Child implements AutoCloseable {

  private final String name;
  private final Process process;
  private final Guard guard;
  private final Path log;
  private final long startNanos;

  private Child(String name, Process process, Guard guard, Path log, long startNanos) {
    this.name = name;
    this.process = process;
    this.guard = guard;
    this.log = log;
    this.startNanos = startNanos;
  }

  /**
   * Starts a command in that directory; both its outputs go to files there.
   *
   * @param name what it is called in file names and messages
   */
  static Child start(
      Guard guard, Path directory, String name, List<String> command, Map<String, String> more) {
    try {
      Files.createDirectories(directory);
      Path log = directory.resolve(name + ".log");
      ProcessBuilder builder = new ProcessBuilder("setsid");
      builder.command().addAll(command);
      builder.directory(directory.toFile());
      builder.environment().putAll(more);
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.redirectOutput(directory.resolve(name + ".out").toFile());
      builder.redirectError(log.toFile());
      long startNanos = System.nanoTime();
      Process process = builder.start();
      guard.add(process.pid());
      return new Child(name, process, guard, log, startNanos);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command, e);
    }
  }

  String name() {
    return name;
  }

  /** Where its files are. */
  Path directory() {
    return log.getParent();
  }

  /** When it was started, as {@link System#nanoTime} has it. */
  long startNanos() {
    return startNanos;
  }

  ProcessTree tree() {
    return new ProcessTree(process.pid());
  }

  /** Its standard output so far is that file; what it printed, once it has ended. */
  String awaitOutput() throws InterruptedException {
    process.waitFor();
    guard.remove(process.pid());
    return read(log.resolveSibling(name + ".out"));
  }

  void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException(name + " has ended: " + read(log));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void signal(String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Its whole group is gone on return; no balancer has anything to save. */
  @Override
  public void close() {
    try {
      new ProcessBuilder("kill", "-KILL", "--", "-" + process.pid()).start().waitFor();
      process.waitFor(10, TimeUnit.SECONDS);
      guard.remove(process.pid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
