package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.AdminClient;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it writes the document leaves one that can be read. */
class CrashSafetyIT {

  private static final int KILLS = 6;

  /** Large enough that a write in place would be caught half way. */
  private static final int COMMENT_LINES = 20_000;

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();

  @Test
  void kill_inTheMiddleOfWrites_leavesTheOldDocumentOrTheNew() throws Exception {
    try (SocketBackend backend = SocketBackend.echo();
        AdminClient client = new AdminClient(directory)) {
      String first = document(backend, 100);
      String second = document(backend, 50);
      Path file = directory.resolve("steelyard.yaml");
      String served = first;
      for (int kill = 0; kill < KILLS; kill++) {
        try (SteelyardProcess steelyard =
            client.knownTo(SteelyardProcess.in(directory)).serve(served)) {
          AtomicInteger written = new AtomicInteger();
          CompletableFuture<Void> writing =
              CompletableFuture.runAsync(() -> write(client, first, second, written));
          int enough = 2 + kill * 3;
          org.awaitility.Awaitility.await().until(() -> written.get() >= enough);
          steelyard.process().signal("KILL");
          writing.get(30, TimeUnit.SECONDS);
        }

        served = Files.readString(file);
        // Not assertThat(served): nobody wants to read both on failure.
        assertThat(served.equals(first) || served.equals(second)).isTrue();
        String previous = Files.readString(directory.resolve("steelyard.yaml.previous"));
        assertThat(previous.equals(first) || previous.equals(second)).isTrue();
      }
    }
  }

  /** Writes until nobody answers. */
  private static void write(
      AdminClient client, String first, String second, AtomicInteger written) {
    try {
      while (client.put(written.get() % 2 == 0 ? second : first).statusCode() == 200) {
        written.incrementAndGet();
      }
    } catch (IOException killed) {
      // What the test is about.
    }
  }

  private String document(SocketBackend backend, int weight) {
    return """
        listeners:
          - {name: web, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
        server-groups:
          - {name: app, backends: [{address: "%s", weight: %d}]}
        """
            .formatted(port, backend.address(), weight)
        + "# a line that makes the document longer\n".repeat(COMMENT_LINES);
  }
}
