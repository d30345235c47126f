package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.OpensslClient;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.Scrape;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shop window with programs everybody has: curl and {@code openssl s_client} reach two nginx
 * backends through a tcpssl listener of a real process, and its metrics and access log tell of it.
 */
class NginxBackendsIT {

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private Nginx first;
  private Nginx second;
  private SteelyardProcess steelyard;

  @BeforeEach
  void start() {
    new TlsFixture(directory);
    first = Nginx.named(directory, "first");
    second = Nginx.named(directory, "second");
    steelyard =
        SteelyardProcess.in(directory)
            .serve(
                """
                listeners:
                  - name: web
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {certificates: [web], alpn: http1-only}
                certificates:
                  - {name: web, certificate: web.crt, key: web.key}
                server-groups:
                  - name: app
                    backends:
                      - {address: "%s", weight: 100}
                      - {address: "%s", weight: 50}
                    health-check: {type: http, interval: 1s, timeout: 1s}
                """
                    .formatted(port, first.address(), second.address()));
    // Until its first probe's result a backend gets nothing; the shares below count from the first
    // flow.
    steelyard.awaitMetric(2, "steelyard_backend_state", "state=\"up\"");
  }

  @AfterEach
  void stop() {
    steelyard.close();
    first.close();
    second.close();
  }

  @Test
  void curl_thirtyFlowsAtWeights100And50_reachTheBackendsTwoToOne() {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      answers.add(curl());
    }
    assertThat(Collections.frequency(answers, "first\n")).isEqualTo(20);
    assertThat(Collections.frequency(answers, "second\n")).isEqualTo(10);
    steelyard.awaitMetric(0, "steelyard_listener_connections", "listener=\"web\"");
    Scrape metrics = steelyard.metrics();
    assertThat(metrics.sum("steelyard_listener_connections_total", "listener=\"web\""))
        .isEqualTo(30);
    assertThat(metrics.sum("steelyard_listener_connections_closed_total")).isEqualTo(30);
    assertThat(metrics.sum("steelyard_tls_handshakes_total", "version=\"TLSv1.3\"")).isEqualTo(30);
    assertThat(metrics.sum("steelyard_tls_handshake_failures_total")).isZero();
    assertThat(metrics.sum("steelyard_backend_connections_total", backend(first))).isEqualTo(20);
    assertThat(metrics.sum("steelyard_backend_connections_total", backend(second))).isEqualTo(10);
    assertThat(metrics.sum("steelyard_backend_connections")).isZero();
    assertThat(metrics.sum("steelyard_backend_received_bytes_total"))
        .isEqualTo(metrics.sum("steelyard_listener_sent_bytes_total"))
        .isPositive();
  }

  @Test
  void opensslClient_oneRequest_isAnswered() {
    OpensslClient.Run run =
        new OpensslClient(directory, port)
            .ask("-CAfile", "ca.crt", "-verify_return_error", "-servername", "localhost");
    assertThat(run.printed()).contains("200 OK", "Verify return code: 0 (ok)");
    assertThat(run.exit()).isZero();
  }

  @Test
  void accessLog_oneFlow_tellsItsWholeStory() {
    assertThat(curl()).isEqualTo("first\n");
    JsonObject line = steelyard.awaitAccessLog(1).getFirst();
    assertThat(line.getMap())
        .containsEntry("listener", "web")
        .containsEntry("destination", "127.0.0.1:" + port)
        .containsEntry("sni", "localhost")
        .containsEntry("alpn", "http/1.1")
        .containsEntry("tls_version", "TLSv1.3")
        .containsEntry("tls_resumed", false)
        .containsEntry("certificate", "web")
        .containsEntry("group", "app")
        .containsEntry("backend", first.address())
        .containsEntry("tries", 1)
        .containsEntry("cause", "client_end")
        .containsEntry("revision", 1)
        .containsKeys("flow", "tls_cipher", "tls_group")
        .doesNotContainKeys(
            "alert", "handshake_failure", "truncated", "client_certificate_subject");
    assertThat(line.getString("client")).matches("127\\.0\\.0\\.1:[0-9]+");
    assertThat(Instant.parse(line.getString("time"))).isBefore(Instant.now());
    assertThat(line.getJsonArray("alpn_offered").getList()).contains("http/1.1");
    assertThat(line.getLong("received_bytes")).isPositive();
    assertThat(line.getLong("sent_bytes")).isPositive();
    assertThat(
            List.of(
                0.0,
                line.getDouble("handshake_seconds"),
                line.getDouble("connected_seconds"),
                line.getDouble("first_byte_seconds"),
                line.getDouble("duration_seconds")))
        .as("steps of a flow, in order")
        .isSorted();
  }

  private static String backend(Nginx nginx) {
    return "backend=\"" + nginx.address() + "\"";
  }

  private String curl() {
    List<String> command =
        List.of(
            PeerProcess.installed("curl"),
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--cacert",
            "ca.crt",
            "--resolve",
            "localhost:" + port + ":127.0.0.1",
            "https://localhost:" + port + "/");
    try (PeerProcess curl = PeerProcess.start(directory, command)) {
      assertThat(curl.exit()).as("exit of curl, which printed %s", curl.err()).isZero();
      return curl.out();
    }
  }
}
