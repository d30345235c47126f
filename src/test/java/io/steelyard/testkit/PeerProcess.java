package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A program run as a child of the test, in the foreground, with what it prints kept in files. It is
 * stopped by its own handle; one that is not installed fails the test that needs it.
 */
public final class PeerProcess implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> PLACES =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private PeerProcess(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts the command with nothing on its standard input; its output goes to files in that
   * directory.
   */
  public static PeerProcess start(Path directory, List<String> command) {
    return start(directory, command, Map.of());
  }

  /** The same, with these variables added to its environment. */
  public static PeerProcess start(
      Path directory, List<String> command, Map<String, String> environment) {
    String name = Path.of(command.getFirst()).getFileName().toString();
    try {
      Path out = Files.createTempFile(directory, name + "-", ".out");
      Path err = Files.createTempFile(directory, name + "-", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      return new PeerProcess(name, builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be started", e);
    }
  }

  /** The program's file, or a failure that says what to install. */
  public static String installed(String program) {
    List<String> places = new ArrayList<>(PLACES);
    places.addAll(0, Arrays.asList(System.getenv().getOrDefault("PATH", "").split(":")));
    return places.stream()
        .filter(place -> !place.isEmpty())
        .map(place -> Path.of(place, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseGet(() -> fail("%s is not installed (.ci/peers installs what is missing)", program));
  }

  /** Writes to its standard input and leaves that open. */
  public void type(String text) {
    try {
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      // It has ended; its output says why.
    }
  }

  /** Ends its standard input. */
  public void endInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended before.
    }
  }

  /** What it has printed to standard output so far. */
  public String out() {
    return read(out);
  }

  /** Where its standard output goes. */
  Path outFile() {
    return out;
  }

  /** What it has printed to standard error so far. */
  public String err() {
    return read(err);
  }

  /** Standard output and error. */
  public String printed() {
    return out() + err();
  }

  /**
   * Waits until what it printed fits; fails with all of it where it ends before, or in a minute.
   */
  public void awaitPrinted(String what, Predicate<String> fits) {
    await(what + " from " + name)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> fits.test(printed()) || !process.isAlive());
    if (!fits.test(printed())) {
      fail("%s ended with %d before %s; it printed:%n%s", name, exit(), what, printed());
    }
  }

  /** Waits for the end and returns the exit code: 128 + signal where a signal ended it. */
  public int exit() {
    try {
      if (!process.waitFor(LIMIT.toSeconds() * 10, TimeUnit.SECONDS)) {
        fail("%s still runs; it printed:%n%s", name, printed());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether it ends within a moment: its sockets are closed before it is gone. */
  boolean hasEnded() {
    try {
      return process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /** Sends a signal by its name. */
  public void signal(String signal) {
    try {
      new ProcessBuilder(installed("kill"), "-s", signal, Long.toString(pid()))
          .inheritIO()
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Processor time so far, user and system, in clock ticks (proc(5), fields 14 and 15 of stat). */
  public long cpuTicks() {
    String stat = read(Path.of("/proc/" + pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  /**
   * Processor time of each event loop's thread so far (schedstat, first field), in the order of
   * their start. The kernel keeps 15 bytes of a thread's name: of {@code vert.x-eventloop-thread-0}
   * HotSpot gives it the first ones, the executable the last ones.
   */
  public List<Long> eventLoopNanos() {
    try (var threads = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      return threads
          .filter(
              thread ->
                  read(thread.resolve("comm"))
                      .strip()
                      .matches("ntloop-thread-[0-9]|vert\\.x-eventloo"))
          .sorted(Comparator.comparing(thread -> Integer.valueOf(thread.getFileName().toString())))
          .map(thread -> Long.valueOf(read(thread.resolve("schedstat")).split(" ")[0]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Resident memory in KiB. */
  public long residentKib() {
    return read(Path.of("/proc/" + pid() + "/status"))
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Open file descriptors. */
  public long openFiles() {
    try (var descriptors = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      return descriptors.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it without grace, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    exit();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
