package io.steelyard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Kept connections under wrk, a closed loop. What counts is a window inside wrk's run, without its
 * handshakes: of small replies by the backend's count of requests, of large ones by the bytes that
 * wrk has read, TLS records as they are. wrk's latencies are those of its whole run.
 *
 * @param connections kept
 * @param large whether replies are the backend's large ones
 */
record WrkLoad(Guard guard, Toolbox tools, Path directory, int connections, boolean large)
    implements Load {

  /** Handshakes, at the beginning of wrk's run. */
  private static final Duration LEAD = Duration.ofMillis(300);

  /** It is interrupted, and then says what it has counted; never so late. */
  private static final Duration AT_MOST = Duration.ofSeconds(30);

  /** Prints what wrk has counted, in one line. */
  private static final String SCRIPT =
      """
      done = function(summary, latency, requests)
        local errors = summary.errors
        io.write(string.format("summary %d %.1f %.1f %.1f\\n",
            errors.connect + errors.read + errors.write + errors.status + errors.timeout,
            latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
      end
      """;

  private static final String OPENSSL =
      """
      openssl_conf = main
      [main]
      ssl_conf = ssl
      [ssl]
      system_default = clients
      [clients]
      MinProtocol = TLSv1.3
      Ciphersuites = %s
      Groups = %s
      """
          .formatted(Clients.SUITE, Clients.GROUP);

  @Override
  public Outcome run(Target target, Duration window) {
    // Files of its own: while balancers are warmed up, several of these run at a time.
    String name = "wrk-" + target.port();
    Path script = Texts.write(directory.resolve(name + ".lua"), SCRIPT);
    Path openssl = Texts.write(directory.resolve(name + ".cnf"), OPENSSL);
    List<String> command = tools.command("wrk");
    command.addAll(
        List.of(
            "-t1",
            "-c" + connections,
            "-d" + window.plus(AT_MOST).toSeconds() + "s",
            "-s" + script,
            "%s://127.0.0.1:%d/%s"
                .formatted(
                    target.tls() ? "https" : "http", target.port(), large ? "large" : "small")));
    try (Child wrk =
        Child.start(guard, directory, name, command, Map.of("OPENSSL_CONF", openssl.toString()))) {
      Pause.of(LEAD);
      wrk.requireAlive();
      double cpuBefore = target.balancer().cpuMicros();
      double before = operations(target, wrk);
      long startNanos = System.nanoTime();
      Pause.of(window);
      double cpu = target.balancer().cpuMicros() - cpuBefore;
      double operations = operations(target, wrk) - before;
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      wrk.signal("INT");
      return Counted.of(wrk.awaitOutput()).outcome(operations, seconds, cpu);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** So far. Of small ones each question counts itself, some millionths of what is counted. */
  private double operations(Target target, Child wrk) {
    return large
        ? (double) wrk.tree().bytesRead() / Backend.LARGE_BYTES
        : target.backend().requests();
  }

  /** What the script prints; microseconds. */
  private record Counted(long errors, Outcome.Latency latency) {

    static Counted of(String output) {
      String[] fields =
          output
              .lines()
              .filter(line -> line.startsWith("summary "))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("wrk: " + output))
              .split(" ");
      return new Counted(
          Long.parseLong(fields[1]),
          new Outcome.Latency(
              Double.parseDouble(fields[2]),
              Double.parseDouble(fields[3]),
              Double.parseDouble(fields[4])));
    }

    Outcome outcome(double operations, double ofSeconds, double cpuMicros) {
      return new Outcome(operations, errors, ofSeconds, cpuMicros, latency);
    }
  }
}
