package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.Haproxy;
import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 10,000 idle TLS flows on two event loops for a minute; then all of them answer. What a flow costs
 * in resident memory is written to {@code target/idle-flows.txt}, for Steelyard and for HAProxy
 * with two threads under the same client and backend; nothing is asserted about it.
 *
 * <p>A balancer needs two files for each flow. Where the limit of open files is below 20,250, as
 * many flows are opened as it admits, and the file says so; below 9,000 flows the test fails.
 */
class IdleFlowsIT {

  private static final int WANTED = 10_000;
  private static final int LEAST = 9_000;

  /** What a JVM has open beside its flows, and room for the probes. */
  private static final int OWN_FILES = 250;

  private static final int WARM_UP = 500;
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final Path REPORT = Path.of("target", "idle-flows.txt");

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private Nginx backend;

  @BeforeAll
  static void forget() throws IOException {
    Files.deleteIfExists(REPORT);
  }

  @BeforeEach
  void start() {
    new TlsFixture(directory);
    backend = Nginx.named(directory, "backend");
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @Test
  void steelyard_tenThousandIdleFlowsForAMinute_allAnswer() throws IOException {
    try (SteelyardProcess steelyard =
            SteelyardProcess.in(directory)
                .set("STEELYARD_EVENT_LOOPS", "2")
                .set("STEELYARD_ACCESS_LOG_FILE", "off")
                .serve(
                    """
                    listeners:
                      - name: web
                        protocol: tcpssl
                        port: %d
                        server-group: app
                        tls: {certificates: [web]}
                    certificates:
                      - {name: web, certificate: web.crt, key: web.key}
                    server-groups:
                      - name: app
                        backends: [{address: "%s"}]
                    """
                        .formatted(port, backend.address()));
        KeptFlows flows = new KeptFlows(directory.resolve("ca.crt"), port)) {
      PeerProcess process = steelyard.process();
      measure("Steelyard, 2 event loops", process, flows, () -> collect(process));
      assertThat(steelyard.metrics().sum("steelyard_listener_connections", "listener=\"web\""))
          .isEqualTo(flows.connected());
      assertThat(steelyard.metrics().sum("steelyard_listener_connections_rejected_total")).isZero();
      flows.closeAll();
      steelyard.awaitMetric(0, "steelyard_listener_connections");
      steelyard.awaitMetric(0, "steelyard_backend_connections");
    }
  }

  @Test
  void haproxy_theSame_forComparison() throws IOException {
    Files.writeString(
        directory.resolve("both.pem"),
        Files.readString(directory.resolve("web.crt"))
            + Files.readString(directory.resolve("web.key")));
    try (Haproxy haproxy =
            Haproxy.start(
                directory,
                port,
                "nbthread 2\nmaxconn " + (count() + 50),
                """
                listen web
                  bind 127.0.0.1:%d ssl crt %s
                  maxconn %d
                  server backend %s
                """
                    .formatted(
                        port, directory.resolve("both.pem"), count() + 50, backend.address()));
        KeptFlows flows = new KeptFlows(directory.resolve("ca.crt"), port)) {
      measure("HAProxy, 2 threads", haproxy.process(), flows, () -> {});
    }
  }

  private static void measure(String name, PeerProcess balancer, KeptFlows flows, Runnable collect)
      throws IOException {
    int count = count();
    flows.open(WARM_UP);
    flows.closeAll();
    await("the flows of the warm-up to end").until(() -> balancer.openFiles() < WARM_UP);
    collect.run();
    long before = balancer.residentKib();

    flows.open(count);
    assertThat(flows.connected()).isEqualTo(count);
    // The point of the test: that nothing happens for a minute.
    await().pollDelay(IDLE).atMost(IDLE.multipliedBy(2)).until(() -> true);
    collect.run();
    long after = balancer.residentKib();
    assertThat(flows.connected()).isEqualTo(count);
    flows.askAll();

    String line =
        String.format(
            Locale.ROOT,
            "%s: %d idle TLS flows%s; resident %d KiB before, %d KiB with them: %.1f KiB a flow%n",
            name,
            count,
            count < WANTED ? " (the limit of open files, " + limit() + ", admits no more)" : "",
            before,
            after,
            (after - before) / (double) count);
    Files.writeString(REPORT, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Has the JVM collect its garbage, so that it does not count as a flow's; an executable has no
   * such command.
   */
  private void collect(PeerProcess jvm) {
    if (System.getProperty("steelyard.executable") != null) {
      return;
    }
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try (PeerProcess collecting =
        PeerProcess.start(directory, List.of(jcmd, Long.toString(jvm.pid()), "GC.run"))) {
      assertThat(collecting.exit()).as(collecting.printed()).isZero();
    }
  }

  private static int count() throws IOException {
    int count = (int) Math.min(WANTED, (limit() - OWN_FILES) / 2);
    assertThat(count)
        .as("flows that the limit of open files (ulimit -n: %d) admits; 20250 admit all", limit())
        .isGreaterThanOrEqualTo(LEAST);
    return count;
  }

  /** The soft limit of open files, which the child processes have too. */
  private static long limit() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s+")[3])
        .mapToLong(soft -> soft.equals("unlimited") ? Integer.MAX_VALUE : Long.parseLong(soft))
        .findFirst()
        .orElseThrow();
  }
}
