package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever collects the log has stopped reading it, and the pipe is full: a backend's flip is to be
 * logged on the one event loop that also carries a flow, and the flow goes on.
 */
class StalledConsoleIT {

  @TempDir Path directory;

  @Test
  void consoleIsNotRead_backendFlips_flowsAndProbesGoOn() throws Exception {
    int port = LoopbackPorts.free();
    SteelyardProcess.Launch launch =
        SteelyardProcess.in(directory).set("STEELYARD_EVENT_LOOPS", "1").stalledConsole();
    try (SocketBackend stays = SocketBackend.echo();
        SocketBackend leaves = SocketBackend.echo()) {
      Path document =
          launch.write(
              """
              listeners:
                - {name: tcp, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
              server-groups:
                - name: app
                  backends:
                    - {address: "%s"}
                    - {address: "%s", weight: 0}
                  health-check: {interval: 1s, timeout: 1s, unhealthy-threshold: 1}
              """
                  .formatted(port, stays.address(), leaves.address()));
      try (SteelyardProcess steelyard = launch.run("run", "--config", document.toString())) {
        // Its start-up line is not to be seen.
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> steelyard.management("/q/health/ready").status() == 200);
        steelyard.awaitMetric(2, "steelyard_backend_state", "state=\"up\"");
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
          client.setSoTimeout(20_000);
          assertEcho(client);
          leaves.crash();
          steelyard.awaitMetric(1, "steelyard_backend_state", "state=\"down\"");
          assertEcho(client);
        }
      }
    }
  }

  private static void assertEcho(Socket client) throws Exception {
    client.getOutputStream().write('x');
    assertThat(client.getInputStream().read()).isEqualTo('x');
  }
}
