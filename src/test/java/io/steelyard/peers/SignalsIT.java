package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.NotifySocket;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What signals do to a process that carries TLS flows, seen from a client, an orchestrator's probes
 * and a shell; and how a start ends that cannot succeed.
 */
class SignalsIT {

  private static final byte[] WORD = {'p', 'i', 'n', 'g'};

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private SocketBackend backend;
  private TlsFixture fixture;

  @BeforeEach
  void start() {
    backend = SocketBackend.echo();
    fixture = new TlsFixture(directory);
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void firstSignal_openFlow_drainsInOrderAndExitsWithTheLastFlow(String signal) throws IOException {
    try (SteelyardProcess steelyard = serve("3s", "300s")) {
      Socket plain = connect();
      SSLSocket flow = fixture.secure(plain, "TLSv1.3");
      echo(flow);
      assertThat(steelyard.management("/q/health/ready").status()).isEqualTo(200);

      steelyard.process().signal(signal);
      await().until(() -> steelyard.management("/q/health/ready").status() == 503);
      assertThat(steelyard.management("/q/health/live").status()).isEqualTo(200);
      assertThat(steelyard.metrics().sum("steelyard_draining")).isEqualTo(1);
      try (Socket late = connect()) {
        // In the delay: an orchestrator may not have taken us out of its rotation yet.
        echo(fixture.secure(late, "TLSv1.3"));
      }

      await("no new flows").atMost(Duration.ofSeconds(30)).until(this::refused);
      assertThat(steelyard.process().isAlive()).isTrue();
      assertThat(steelyard.management("/q/health/live").status()).isEqualTo(200);
      echo(flow);
      flow.close();
      plain.close();

      assertThat(steelyard.process().exit()).isZero();
      assertThat(steelyard.accessLog())
          .hasSize(2)
          .allMatch(line -> line.getString("cause").equals("client_end"));
    }
  }

  @Test
  void drainTimeout_flowThatStays_isEndedAndTheProcessExitsZero() throws IOException {
    try (SteelyardProcess steelyard = serve("0s", "2s");
        Socket plain = connect()) {
      SSLSocket flow = fixture.secure(plain, "TLSv1.3");
      echo(flow);
      steelyard.process().signal("TERM");
      assertThat(flow.getInputStream().read()).as("an orderly end").isEqualTo(-1);
      assertThat(steelyard.process().exit()).isZero();
      assertThat(steelyard.accessLog())
          .singleElement()
          .matches(line -> line.getString("cause").equals("drain"));
    }
  }

  @Test
  void secondTerm_openFlow_endsTheProcessNow() throws IOException {
    try (SteelyardProcess steelyard = serve("300s", "300s");
        Socket plain = connect()) {
      echo(fixture.secure(plain, "TLSv1.3"));
      steelyard.process().signal("TERM");
      await().until(() -> steelyard.management("/q/health/ready").status() == 503);
      steelyard.process().signal("TERM");
      assertThat(steelyard.process().exit()).isEqualTo(128 + 15);
    }
  }

  @Test
  void hangUp_documentUnchanged_isSaidAndTheFlowGoesOn() throws IOException {
    try (SteelyardProcess steelyard = serve("0s", "300s");
        Socket plain = connect()) {
      SSLSocket flow = fixture.secure(plain, "TLSv1.3");
      steelyard.process().signal("HUP");
      steelyard
          .process()
          .awaitPrinted("the answer", text -> text.contains("configuration unchanged"));
      echo(flow);
      assertThat(steelyard.management("/q/health/ready").status()).isEqualTo(200);
      assertThat(steelyard.log()).doesNotContain(" WARN ");
    }
  }

  @Test
  void serviceManager_asksToBeTold_hearsOfEveryStep() throws IOException {
    document();
    try (NotifySocket manager = NotifySocket.at(directory.resolve("notify"));
        SteelyardProcess steelyard =
            launch()
                .set("NOTIFY_SOCKET", manager.address())
                .run("run", "--config", "steelyard.yaml")
                .awaitStarted()) {
      await().until(() -> manager.received().equals(List.of("READY=1")));
      steelyard.process().signal("HUP");
      await().until(() -> manager.received().equals(List.of("READY=1", "RELOADING=1", "READY=1")));
      steelyard.process().signal("TERM");
      assertThat(steelyard.process().exit()).isZero();
      assertThat(manager.received())
          .containsExactly("READY=1", "RELOADING=1", "READY=1", "STOPPING=1");
    }
  }

  @Test
  void listenerPort_takenByAnother_isSaidAndExitsOne() throws IOException {
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        SteelyardProcess steelyard = launch().run("run", "--config", document().toString())) {
      assertThat(steelyard.process().exit()).isEqualTo(1);
      assertThat(steelyard.log())
          .contains(Integer.toString(taken.getLocalPort()), "listeners[web].port");
      assertThat(steelyard.process().out()).isEmpty();
    }
  }

  @Test
  void document_withProblems_saysThemAllAndExitsOne() {
    Path broken =
        launch()
            .write(
                """
                listeners:
                  - {name: web, protocol: tcpssl, port: 70000, server-group: nowhere}
                  - {name: web, protocol: udp, port: 80, server-group: app}
                server-groups:
                  - {name: app, schedular: first, backends: [{address: "127.0.0.1:80", weight: 300}]}
                """);
    try (SteelyardProcess run = launch().run("run", "--config", broken.toString());
        SteelyardProcess validate = launch().run("validate", broken.toString())) {
      assertThat(run.process().exit()).isEqualTo(1);
      assertThat(validate.process().exit()).isEqualTo(1);
      assertThat(run.log())
          .contains("70000", "nowhere", "udp", "schedular", "300")
          .containsPattern(
              "steelyard\\.yaml:2:[0-9]+: listeners\\[[^]]+\\]\\.port: 70000 \\(expected: ");
      assertThat(run.log().lines()).allMatch(validate.process().out()::contains);
    }
  }

  @Test
  void validate_byDocument_exitsZeroOneOrTwo() {
    Path valid = document();
    Path absent = directory.resolve("absent.yaml");
    try (SteelyardProcess good = launch().run("validate", valid.toString());
        SteelyardProcess none = launch().run("validate", absent.toString());
        SteelyardProcess wrong = launch().run("validate")) {
      assertThat(good.process().exit()).isZero();
      assertThat(none.process().exit()).isEqualTo(2);
      assertThat(none.log()).contains("absent.yaml: no such file");
      assertThat(wrong.process().exit()).isEqualTo(64);
      assertThat(wrong.log()).contains("usage:");
    }
  }

  private SteelyardProcess.Launch launch() {
    return SteelyardProcess.in(directory);
  }

  private SteelyardProcess serve(String delay, String drain) {
    document();
    return launch()
        .set("STEELYARD_SHUTDOWN_DELAY", delay)
        .set("STEELYARD_DRAIN_TIMEOUT", drain)
        .run("run", "--config", "steelyard.yaml")
        .awaitStarted();
  }

  private Path document() {
    return launch()
        .write(
            """
            listeners:
              - name: web
                protocol: tcpssl
                address: 127.0.0.1
                port: %d
                server-group: app
                tls: {certificates: [web]}
            certificates:
              - {name: web, certificate: web.crt, key: web.key}
            server-groups:
              - name: app
                backends: [{address: "127.0.0.1:%d"}]
                health-check: {type: none}
            """
                .formatted(port, backend.port()));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
    return socket;
  }

  private boolean refused() throws IOException {
    try (Socket socket = connect()) {
      return !socket.isConnected();
    } catch (ConnectException expected) {
      return true;
    }
  }

  private static void echo(SSLSocket flow) throws IOException {
    flow.getOutputStream().write(WORD);
    assertThat(flow.getInputStream().readNBytes(WORD.length)).isEqualTo(WORD);
  }
}
