package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.telemetry.AccessLogSettings.Target;
import io.steelyard.testkit.Flows;
import io.steelyard.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {

  private static final AccessLogSettings ALL =
      new AccessLogSettings(new Target.StandardOutput(), 1, true);
  private static final AccessLogSettings NO_PROBES =
      new AccessLogSettings(new Target.StandardOutput(), 1, false);
  private static final long REVISION = 7;

  /** Breaks whoever reads it. */
  @SuppressWarnings("NullAway")
  private static final String NOT_THERE = null;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @TempDir private Path directory;

  @Test
  void ended_relayedFlow_isOneLineOfFacts() throws IOException {
    Flow flow = Flows.relaying(42, "web", "app", "10.0.0.11:8080");
    flow.truncated();
    flow.acceptedUnder(REVISION);

    JsonObject line = lines(ALL, Flows.ended(flow, FlowEnd.CLIENT_END)).getFirst();

    assertThat(line.getString("listener")).isEqualTo("web");
    assertThat(line.getLong("flow")).isEqualTo(42);
    assertThat(line.getString("client")).isEqualTo("192.0.2.1:51514");
    assertThat(line.getString("destination")).isEqualTo("[2001:db8:0:0:0:0:0:1]:443");
    assertThat(line.getString("time")).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(line.getDouble("handshake_seconds")).isNotNegative();
    assertThat(line.getDouble("connected_seconds")).isNotNegative();
    assertThat(line.getDouble("first_byte_seconds")).isNotNegative();
    assertThat(line.getDouble("duration_seconds")).isNotNegative();
    assertThat(line.getLong("received_bytes")).isEqualTo(100);
    assertThat(line.getLong("sent_bytes")).isEqualTo(2000);
    assertThat(line.getString("tls_version")).isEqualTo("TLSv1.3");
    assertThat(line.getString("tls_cipher")).isEqualTo("TLS_AES_128_GCM_SHA256");
    assertThat(line.getString("tls_group")).isEqualTo("X25519MLKEM768");
    assertThat(line.getBoolean("tls_resumed")).isFalse();
    assertThat(line.getString("sni")).isEqualTo("www.example");
    assertThat(line.getJsonArray("alpn_offered").encode()).isEqualTo("[\"h2\",\"http/1.1\"]");
    assertThat(line.getString("alpn")).isEqualTo("h2");
    assertThat(line.getString("certificate")).isEqualTo("web-ecdsa");
    assertThat(line.getString("group")).isEqualTo("app");
    assertThat(line.getString("backend")).isEqualTo("10.0.0.11:8080");
    assertThat(line.getLong("tries")).isEqualTo(1);
    assertThat(line.getString("cause")).isEqualTo("client_end");
    assertThat(line.getBoolean("truncated")).isTrue();
    assertThat(line.getLong("revision")).isEqualTo(REVISION);
  }

  @Test
  void ended_line_hasItsKeysInTheirOrder() throws IOException {
    Flow flow = Flows.relaying(42, "web", "app", "10.0.0.11:8080");
    flow.truncated();
    lines(ALL, Flows.ended(flow, FlowEnd.CLIENT_END));

    assertThat(
            written
                .toString(StandardCharsets.UTF_8)
                .replaceAll("(_seconds\":|time\":\")[-0-9.T:]*Z?", "$1#"))
        .isEqualTo(
            """
            {"time":"#","listener":"web","flow":42,"client":"192.0.2.1:51514",\
            "destination":"[2001:db8:0:0:0:0:0:1]:443","handshake_seconds":#,\
            "connected_seconds":#,"first_byte_seconds":#,"duration_seconds":#,\
            "received_bytes":100,"sent_bytes":2000,"sni":"www.example",\
            "alpn_offered":["h2","http/1.1"],"alpn":"h2","tls_version":"TLSv1.3",\
            "tls_cipher":"TLS_AES_128_GCM_SHA256","tls_group":"X25519MLKEM768",\
            "tls_resumed":false,"certificate":"web-ecdsa","group":"app",\
            "backend":"10.0.0.11:8080","tries":1,"cause":"client_end","truncated":true,\
            "revision":0}
            """);
  }

  @Test
  void ended_clientCertificate_isNamed() throws IOException {
    var client = TestCertificates.authority("ca").issueClient("alice").leaf();
    Flow flow = Flows.accepted(1, "web");
    flow.handshakeDone(new TlsFacts("TLSv1.3", "c", "g", false, "", "web", Optional.of(client)));

    JsonObject line = lines(ALL, Flows.ended(flow, FlowEnd.CLIENT_END)).getFirst();

    assertThat(line.getString("client_certificate_subject")).contains("CN=alice");
    assertThat(line.getString("client_certificate_serial"))
        .isEqualTo(client.getSerialNumber().toString(16));
    assertThat(line.containsKey("alpn")).isFalse();
  }

  @Test
  void ended_failedHandshake_hasItsReasonAndSni() throws IOException {
    Flow flow = Flows.accepted(1, "web");
    flow.asked("nobody.example", List.of());
    flow.handshakeFailed(HandshakeFailure.UNKNOWN_SNI, "unrecognized_name");

    JsonObject line = lines(NO_PROBES, Flows.ended(flow, FlowEnd.HANDSHAKE_FAILED)).getFirst();

    assertThat(line.getString("cause")).isEqualTo("handshake_failed");
    assertThat(line.getString("handshake_failure")).isEqualTo("unknown_sni");
    assertThat(line.getString("alert")).isEqualTo("unrecognized_name");
    assertThat(line.getString("sni")).isEqualTo("nobody.example");
    assertThat(line.containsKey("tls_version")).isFalse();
    assertThat(line.containsKey("backend")).isFalse();
    assertThat(line.containsKey("handshake_seconds")).isFalse();
  }

  @Test
  void ended_portScan_isLeftOutUnlessAskedFor() throws IOException {
    Flow scan = Flows.ended(Flows.accepted(1, "web"), FlowEnd.CLIENT_RESET);
    Flow tlsScan = Flows.accepted(2, "web");
    tlsScan.handshakeFailed(HandshakeFailure.DISCONNECT, null);
    Flows.ended(tlsScan, FlowEnd.HANDSHAKE_FAILED);

    assertThat(lines(NO_PROBES, scan, tlsScan)).isEmpty();
    assertThat(lines(ALL, scan, tlsScan)).hasSize(2);
  }

  @Test
  void ended_withoutAByteForWantOfABackend_isNotTakenForAScan() throws IOException {
    Flow flow = Flows.ended(Flows.accepted(1, "web"), FlowEnd.NO_BACKEND);

    assertThat(lines(NO_PROBES, flow)).hasSize(1);
  }

  @Test
  void sample_aTenth_writesAboutATenth() throws IOException {
    Flow[] flows =
        LongStream.range(0, 1000)
            .mapToObj(id -> Flows.ended(Flows.accepted(id, "web"), FlowEnd.CLIENT_END))
            .toArray(Flow[]::new);

    assertThat(lines(new AccessLogSettings(new Target.StandardOutput(), 0.1, true), flows))
        .hasSizeBetween(90, 110);
    assertThat(lines(new AccessLogSettings(new Target.StandardOutput(), 0, true), flows)).isEmpty();
  }

  @Test
  void ended_manyAtOnce_areWrittenWholeInTheirOrder() {
    List<String> writes = new CopyOnWriteArrayList<>();
    OutputStream counting =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("a byte by itself");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            writes.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
          }
        };
    AccessLog log = AccessLog.open(ALL, counting, 2048);
    log.ended(Flows.ended(Flows.accepted(0, "web"), FlowEnd.CLIENT_END));
    await().until(() -> writes.size() == 1);

    for (int id = 1; id <= 100; id++) {
      log.ended(Flows.ended(Flows.accepted(id, "web"), FlowEnd.CLIENT_END));
    }
    await().until(() -> String.join("", writes).lines().count() == 101);
    log.close();

    assertThat(String.join("", writes).lines().map(line -> new JsonObject(line).getLong("flow")))
        .isEqualTo(LongStream.rangeClosed(0, 100).boxed().toList());
    assertThat(writes).allMatch(write -> write.endsWith("}\n"));
  }

  @Test
  void ended_lineThatCannotBeMade_isDroppedAlone() throws IOException {
    Flow strange = Flows.accepted(1, "web");
    TlsFacts facts = new TlsFacts("TLSv1.3", NOT_THERE, "g", false, "", "web", Optional.empty());
    strange.handshakeDone(facts);
    AccessLog log = AccessLog.open(ALL, written, 16);
    log.ended(Flows.ended(strange, FlowEnd.CLIENT_END));
    log.ended(Flows.ended(Flows.accepted(2, "web"), FlowEnd.CLIENT_END));
    log.close();

    assertThat(log.droppedLines()).isEqualTo(1);
    assertThat(written.toString(StandardCharsets.UTF_8).lines().map(JsonObject::new))
        .singleElement()
        .satisfies(line -> assertThat(line.getLong("flow")).isEqualTo(2));
  }

  @Test
  void ended_writerStuck_dropsAndCountsWithoutWaiting() {
    CountDownLatch stuck = new CountDownLatch(1);
    OutputStream reader =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    AccessLog log = AccessLog.open(ALL, reader, 4);

    for (int id = 0; id < 1000; id++) {
      log.ended(Flows.ended(Flows.accepted(id, "web"), FlowEnd.CLIENT_END));
    }

    assertThat(log.droppedLines()).isGreaterThan(700);
    stuck.countDown();
    log.close();
  }

  @Test
  void write_fails_countsAndGoesOn() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left on device");
          }
        };
    AccessLog log = AccessLog.open(ALL, full, 16);

    log.ended(Flows.ended(Flows.accepted(1, "web"), FlowEnd.CLIENT_END));
    await().until(() -> log.droppedLines() == 1);
    log.ended(Flows.ended(Flows.accepted(2, "web"), FlowEnd.CLIENT_END));
    await().until(() -> log.droppedLines() == 2);

    log.close();
  }

  @Test
  void file_thatIsThere_isAppendedTo() throws IOException {
    Path file = directory.resolve("access.log");
    Files.writeString(file, "before\n");
    AccessLogSettings settings = new AccessLogSettings(new Target.File(file), 1, true);

    AccessLog log = AccessLog.open(settings);
    log.ended(Flows.ended(Flows.accepted(1, "web"), FlowEnd.CLIENT_END));
    log.close();

    assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo("before");
  }

  private List<JsonObject> lines(AccessLogSettings settings, Flow... flows) throws IOException {
    written.reset();
    AccessLog log = AccessLog.open(settings, written, 2048);
    for (Flow flow : flows) {
      log.ended(flow);
    }
    log.close();
    assertThat(log.droppedLines()).isZero();
    return written.toString(StandardCharsets.UTF_8).lines().map(JsonObject::new).toList();
  }
}
