package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 long flows that are drained: none is cut in the first part of the time, the rest goes evenly.
 * The histograms are written to {@code target/drain-spread.txt}.
 */
class DrainSpreadIT {

  private static final int FLOWS = 200;
  private static final int TIMEOUT_SECONDS = 10;
  private static final int QUIET_SECONDS = 5;
  private static final Path REPORT = Path.of("target", "drain-spread.txt");

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private Nginx one;
  private Nginx two;

  @BeforeAll
  static void forget() throws IOException {
    Files.deleteIfExists(REPORT);
  }

  @BeforeEach
  void start() {
    new TlsFixture(directory);
    one = Nginx.named(directory, "one");
    two = Nginx.named(directory, "two");
  }

  @AfterEach
  void stop() {
    one.close();
    two.close();
  }

  @Test
  void backend_draining_getsNothingNewAndItsFlowsGoEvenlyAtTheEnd() throws IOException {
    try (SteelyardProcess steelyard = launch().serve(document("ready"));
        KeptFlows held = new KeptFlows(directory.resolve("ca.crt"), port);
        KeptFlows fresh = new KeptFlows(directory.resolve("ca.crt"), port)) {
      held.open(FLOWS);
      int onOne = (int) connections(steelyard, one);
      assertThat(onOne).isEqualTo(FLOWS);

      Instant begin = Instant.now();
      Files.writeString(directory.resolve("steelyard.yaml"), document("drain"));
      steelyard.process().signal("HUP");
      steelyard.awaitMetric(
          1, "steelyard_backend_state", "backend=\"" + one.address() + "\"", "state=\"draining\"");
      fresh.open(FLOWS);

      assertThat(connections(steelyard, two)).isEqualTo(FLOWS);
      held.askAll();
      Patience.await()
          .atMost(Duration.ofSeconds(4 * TIMEOUT_SECONDS))
          .until(() -> connections(steelyard, one) == 0);
      evenly("a backend that drains", begin, drained(steelyard));
      assertThat(fresh.connected()).isEqualTo(FLOWS);
      fresh.askAll();
    }
  }

  @Test
  void process_terminated_doesTheSame() throws IOException {
    try (SteelyardProcess steelyard =
            launch()
                .set("STEELYARD_DRAIN_TIMEOUT", TIMEOUT_SECONDS + "s")
                .set("STEELYARD_DRAIN_SPREAD", "0.5")
                .serve(document("ready"));
        KeptFlows held = new KeptFlows(directory.resolve("ca.crt"), port)) {
      held.open(FLOWS);

      Instant begin = Instant.now();
      steelyard.process().signal("TERM");

      assertThat(steelyard.process().exit()).isZero();
      evenly("a process that ends", begin, drained(steelyard));
    }
  }

  private SteelyardProcess.Launch launch() {
    return SteelyardProcess.in(directory).set("STEELYARD_EVENT_LOOPS", "2");
  }

  /** All flows go to the first backend while it is ready: the second has no weight until then. */
  private String document(String state) {
    return String.format(
        Locale.ROOT,
        """
        listeners:
          - {name: web, protocol: tcpssl, port: %d, server-group: app, tls: {certificates: [web]}}
        certificates:
          - {name: web, certificate: web.crt, key: web.key}
        server-groups:
          - name: app
            drain-timeout: %ds
            drain-spread: 50%%
            backends:
              - {address: "%s", state: %s}
              - {address: "%s", weight: %d}
        """,
        port,
        TIMEOUT_SECONDS,
        one.address(),
        state,
        two.address(),
        state.equals("ready") ? 0 : 100);
  }

  private static double connections(SteelyardProcess steelyard, Nginx backend) {
    return steelyard
        .metrics()
        .sum("steelyard_backend_connections", "backend=\"" + backend.address() + "\"");
  }

  private static List<Instant> drained(SteelyardProcess steelyard) {
    Patience.await().until(() -> lines(steelyard).size() == FLOWS);
    return lines(steelyard);
  }

  /** When flows ended by a drain: the access log has their start and their duration. */
  private static List<Instant> lines(SteelyardProcess steelyard) {
    return steelyard.accessLog().stream()
        .filter(line -> "drain".equals(line.getString("cause")))
        .map(DrainSpreadIT::end)
        .toList();
  }

  private static Instant end(JsonObject line) {
    return Instant.parse(line.getString("time"))
        .plusNanos((long) (line.getDouble("duration_seconds") * 1e9));
  }

  private static void evenly(String what, Instant begin, List<Instant> ends) throws IOException {
    int[] bySecond = new int[4 * TIMEOUT_SECONDS];
    for (Instant end : ends) {
      long second = Duration.between(begin, end).toMillis() / 1000;
      bySecond[(int) Math.clamp(second, 0, bySecond.length - 1)]++;
    }
    StringBuilder histogram = new StringBuilder(what + ", " + ends.size() + " flows:\n");
    for (int second = 0; second < bySecond.length; second++) {
      if (bySecond[second] > 0 || second < TIMEOUT_SECONDS) {
        histogram.append(
            String.format(
                Locale.ROOT,
                "  %2d s %3d %s%n",
                second,
                bySecond[second],
                "#".repeat(bySecond[second])));
      }
    }
    Files.writeString(REPORT, histogram, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    for (int second = 0; second < QUIET_SECONDS; second++) {
      assertThat(bySecond[second]).as("%s\ncut in second %d", histogram, second).isZero();
    }
    for (int second = QUIET_SECONDS; second < TIMEOUT_SECONDS; second++) {
      assertThat(bySecond[second]).as("%s\nin second %d", histogram, second).isBetween(1, 120);
    }
  }
}
