package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.MemoryCgroup;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The executable in 256 MiB of memory with 5,000 TLS flows that all ask and are answered, again and
 * again: it is not killed and loses no flow. What it used is written to {@code
 * target/memory-bound.txt}.
 */
class NativeMemoryIT {

  private static final long LIMIT_BYTES = 256L << 20;
  private static final int FLOWS = 5_000;
  private static final int ROUNDS = 8;

  @TempDir Path directory;

  @Test
  void fiveThousandFlows_in256MiB_nothingIsLost() throws Exception {
    new TlsFixture(directory);
    int port = LoopbackPorts.free();
    try (Nginx backend = Nginx.named(directory, "backend");
        MemoryCgroup group = new MemoryCgroup(LIMIT_BYTES)) {
      try (SteelyardProcess steelyard =
              SteelyardProcess.in(directory)
                  .in(group)
                  .set("STEELYARD_EVENT_LOOPS", "2")
                  .serve(document(port, backend.address()));
          KeptFlows flows = new KeptFlows(directory.resolve("ca.crt"), port)) {
        flows.open(FLOWS);
        for (int i = 0; i < ROUNDS; i++) {
          flows.askAll();
        }
        assertThat(flows.connected()).isEqualTo(FLOWS);
        assertThat(steelyard.metrics().sum("steelyard_listener_connections")).isEqualTo(FLOWS);
        group.assertNobodyWasKilled();
        report(group.peakBytes(), steelyard.process().residentKib());
      }
    }
  }

  private static void report(long peakBytes, long residentKib) throws Exception {
    Files.writeString(
        Path.of("target", "memory-bound.txt"),
        String.format(
            Locale.ROOT,
            "%s: %d flows, %d requests in %d MiB: peak %d MiB with the kernel's part, resident %d MiB%n",
            SteelyardProcess.runtime(),
            FLOWS,
            FLOWS * (ROUNDS + 1),
            LIMIT_BYTES >> 20,
            peakBytes >> 20,
            residentKib >> 10));
  }

  private static String document(int port, String backend) {
    return """
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
        .formatted(port, backend);
  }
}
