package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.NewFlows;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that takes over from another: clients open connections as fast as they can while the
 * new one is started beside the old one and the old one is told to end, twice in a row.
 */
class UpgradeIT {

  private static final int CLIENTS = 4;
  private static final int HELD = 20;

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private final int wildcardPort = LoopbackPorts.free();
  private final SocketBackend backend = SocketBackend.echo();
  private final List<Socket> held = new ArrayList<>();
  private long sockets;

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : held) {
      socket.close();
    }
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2s", "0s"})
  void takeover_underLoad_losesNoFlow(String delay) throws IOException {
    try (SteelyardProcess first = launch(delay).serve(document());
        NewFlows flows = NewFlows.opening(CLIENTS, port);
        NewFlows wildcardFlows = NewFlows.opening(1, wildcardPort)) {
      flows.awaitMore(1000);
      // One for each of its event loops.
      sockets = listening(port);
      hold();
      try (SteelyardProcess second = takeover(delay)) {
        flows.awaitMore(500);
        assertThat(listening(port)).isEqualTo(2 * sockets);
        first.process().signal("TERM");
        awaitAlone();
        flows.awaitMore(1000);
        assertHeldEcho();
        assertThat(first.process().isAlive()).isTrue();
        releaseHeld();
        assertThat(first.process().exit()).isZero();

        hold();
        try (SteelyardProcess third = takeover(delay)) {
          flows.awaitMore(500);
          second.process().signal("TERM");
          awaitAlone();
          flows.awaitMore(2000);
          assertHeldEcho();
          releaseHeld();
          assertThat(second.process().exit()).isZero();
          flows.stop();
          wildcardFlows.stop();
          assertThat(flows.failures()).isEmpty();
          assertThat(wildcardFlows.failures()).isEmpty();
          assertThat(flows.slow() + wildcardFlows.slow()).as("had to ask twice").isZero();
          assertThat(flows.done()).isGreaterThanOrEqualTo(5000);
          third.awaitMetric(0, "steelyard_listener_connections");
        }
      }
    }
  }

  @Test
  void takeover_oldOneStays_newFlowsStayWithItUntilItIsKilled() throws IOException {
    try (SteelyardProcess first = launch("0s").serve(document());
        SteelyardProcess second = takeover("0s");
        NewFlows flows = NewFlows.opening(1, port)) {
      flows.awaitMore(200);
      flows.stop();
      assertThat(flows.failures()).isEmpty();
      assertThat(accepted(second)).as("not before the old one gives them away").isZero();
      first.process().signal("KILL");
      first.process().exit();
      hold();
      assertHeldEcho();
      assertThat(accepted(second)).isEqualTo(HELD);
    }
  }

  @Test
  void run_portHeldByAnotherSteelyard_isRefusedWithoutTakeover() throws IOException {
    try (SteelyardProcess first = launch("0s").serve(document());
        SteelyardProcess second = launch("0s").run("run", "--config", "steelyard.yaml")) {
      assertThat(second.process().exit()).isEqualTo(1);
      assertThat(second.log()).contains("listeners[web].port", "in use");
      hold();
      assertHeldEcho();
      assertThat(accepted(first)).isEqualTo(HELD);
    }
  }

  private static double accepted(SteelyardProcess process) {
    return process.metrics().sum("steelyard_listener_connections_total", "listener", "web");
  }

  private SteelyardProcess.Launch launch(String delay) {
    return SteelyardProcess.in(directory)
        .set("STEELYARD_SHUTDOWN_DELAY", delay)
        .set("STEELYARD_DRAIN_TIMEOUT", "300s")
        .set("STEELYARD_ACCESS_LOG_FILE", "off");
  }

  private SteelyardProcess takeover(String delay) {
    launch(delay).write(document());
    return launch(delay).run("run", "--takeover", "--config", "steelyard.yaml").awaitStarted();
  }

  /** Waits until only one process listens on each port. */
  private void awaitAlone() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> listening(port) == sockets && listening(wildcardPort) == sockets);
  }

  /** Listening sockets of that port, as {@code /proc/net} shows them: state 0A. */
  private static long listening(int port) throws IOException {
    String socket = "(?i)\\s*\\d+: [0-9a-f]+:%04x [0-9a-f:]+ 0A .*".formatted(port);
    return Stream.concat(
            Files.readAllLines(Path.of("/proc/net/tcp")).stream(),
            Files.readAllLines(Path.of("/proc/net/tcp6")).stream())
        .filter(line -> line.matches(socket))
        .count();
  }

  private String document() {
    return """
        listeners:
          - {name: web, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
          - {name: wildcard, protocol: tcp, address: "::", port: %d, server-group: app}
        server-groups:
          - name: app
            backends: [{address: "127.0.0.1:%d"}]
            health-check: {type: none}
        """
        .formatted(port, wildcardPort, backend.port());
  }

  private void hold() throws IOException {
    for (int i = 0; i < HELD; i++) {
      Socket socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
      held.add(socket);
    }
    assertHeldEcho();
  }

  private void assertHeldEcho() throws IOException {
    for (Socket socket : held) {
      socket.getOutputStream().write(42);
      assertThat(socket.getInputStream().read()).isEqualTo(42);
    }
  }

  private void releaseHeld() throws IOException {
    for (Socket socket : held) {
      socket.close();
    }
    held.clear();
  }
}
