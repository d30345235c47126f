package io.steelyard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Kept connections under wrk, a closed loop.
 *
 * <p>What counts of small replies is a window inside wrk's run, without its handshakes, by the
 * backend's count of requests. Of large ones, of which a window has only some hundred, it is the
 * whole run, by the bytes that wrk has received.
 *
 * @param connections kept
 * @param large whether replies are the backend's large ones
 */
record WrkLoad(Guard guard, Toolbox tools, Path directory, int connections, boolean large)
    implements Load {

  /** Handshakes, at the beginning of wrk's run. */
  private static final Duration LEAD = Duration.ofMillis(400);

  /** Closing, at its end. */
  private static final Duration TAIL = Duration.ofMillis(100);

  /** Prints what wrk has counted, in one line. */
  private static final String SCRIPT =
      """
      done = function(summary, latency, requests)
        local errors = summary.errors
        io.write(string.format("summary %d %d %d %d %.1f %.1f %.1f\\n",
            summary.requests, summary.bytes, summary.duration,
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
    Path script = Texts.write(directory.resolve("summary.lua"), SCRIPT);
    Path openssl = Texts.write(directory.resolve("openssl.cnf"), OPENSSL);
    List<String> command = tools.command("wrk");
    command.addAll(
        List.of(
            "-t1",
            "-c" + connections,
            "-d" + window.toSeconds() + "s",
            "-s" + script,
            "%s://127.0.0.1:%d/%s"
                .formatted(
                    target.tls() ? "https" : "http", target.port(), large ? "large" : "small")));
    long cpuBefore = target.balancer().cpuMicros();
    try (Child wrk =
        Child.start(guard, directory, "wrk", command, Map.of("OPENSSL_CONF", openssl.toString()))) {
      if (large) {
        Summary summary = Summary.of(wrk.awaitOutput());
        return summary.outcome(
            (double) summary.bytes / Backend.LARGE_BYTES,
            summary.seconds,
            target.balancer().cpuMicros() - cpuBefore);
      }
      return inside(target, window, wrk);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Outcome inside(Target target, Duration window, Child wrk)
      throws InterruptedException {
    Pause.of(LEAD);
    long cpuBefore = target.balancer().cpuMicros();
    long before = target.backend().requests();
    long startNanos = System.nanoTime();
    Pause.of(window.minus(LEAD).minus(TAIL));
    long cpu = target.balancer().cpuMicros() - cpuBefore;
    // The second question is itself one request.
    long operations = target.backend().requests() - before - 1;
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    return Summary.of(wrk.awaitOutput()).outcome(operations, seconds, cpu);
  }

  /** What the script prints; microseconds. */
  private record Summary(long bytes, double seconds, long errors, Outcome.Latency latency) {

    static Summary of(String output) {
      String[] fields =
          output
              .lines()
              .filter(line -> line.startsWith("summary "))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("wrk: " + output))
              .split(" ");
      return new Summary(
          Long.parseLong(fields[2]),
          Long.parseLong(fields[3]) / 1e6,
          Long.parseLong(fields[4]),
          new Outcome.Latency(
              Double.parseDouble(fields[5]),
              Double.parseDouble(fields[6]),
              Double.parseDouble(fields[7])));
    }

    Outcome outcome(double operations, double ofSeconds, long cpuMicros) {
      return new Outcome(operations, errors, ofSeconds, cpuMicros, latency);
    }
  }
}
