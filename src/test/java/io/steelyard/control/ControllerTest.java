package io.steelyard.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.backend.BackendState;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problem;
import io.steelyard.flow.FlowEnd;
import io.steelyard.listener.Loops;
import io.steelyard.testkit.ManualTimer;
import io.steelyard.testkit.RecordingObserver;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerTest {

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private final Loops loops = Loops.of(vertx, 2);
  private final ManualTimer timer = new ManualTimer();
  private final RecordingObserver observer = new RecordingObserver();
  private final SocketBackend backend = SocketBackend.echo();
  private final Controller controller =
      new Controller(
          new Machinery(
              vertx,
              loops,
              false,
              TlsEngine.BORINGSSL,
              observer,
              (group, name, success, durationNanos) -> {}),
          number -> {},
          timer);

  @TempDir private Path directory;

  @AfterEach
  void close() {
    controller.shutdown(DrainTimes.AT_ONCE);
    timer.pass(Duration.ofSeconds(1));
    backend.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void start_goodDocument_isCommittedAndShown() throws IOException {
    Optional<Revision> revision = start(tcp(freePort()));

    assertThat(revision).get().extracting(Revision::number).isEqualTo(1L);
    await().until(() -> controller.status().readiness().isReady());
    Status status = controller.status();
    assertThat(status.listeners())
        .singleElement()
        .satisfies(listener -> assertThat(listener.accepting()).isTrue());
    assertThat(status.groups().getFirst().count(BackendState.UP)).isEqualTo(1);
    assertThat(status.groups().getFirst().backends().getFirst().address())
        .isEqualTo(backend.address());
  }

  @Test
  void status_beforeTheFirstRevision_isNotReady() {
    assertThat(controller.status()).isEqualTo(Status.STARTING);
    assertThat(controller.status().readiness().isReady()).isFalse();
  }

  @Test
  void start_portTaken_undoesAllAndSaysWhatToDo() throws IOException {
    int free = freePort();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ConfigReader.Reading reading =
          read(listener("one", free) + listener("two", taken.getLocalPort()), "");

      Optional<Revision> revision = start(reading);

      assertThat(revision).isEmpty();
      assertThat(reading.problems().all())
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.path()).isEqualTo("listeners[two].port");
                assertThat(problem.line()).isPositive();
                assertThat(problem.found())
                    .isEqualTo("127.0.0.1:" + taken.getLocalPort() + ": Address already in use");
                assertThat(problem.expected()).contains("ss -ltnp");
              });
    }
    assertThat(controller.status()).isEqualTo(Status.STARTING);
    // Fails where the first listener has been left bound.
    new ServerSocket(free, 1, InetAddress.getLoopbackAddress()).close();
  }

  @Test
  void start_everythingMissing_saysAllAtOnce() throws IOException {
    ConfigReader.Reading reading =
        read(
            """
              - {name: web, protocol: tcpssl, address: 127.0.0.1, port: %d, server-group: app,
                 tls: {certificates: [web]}, access: {mode: allow, ip-groups: [office]}}
            """
                .formatted(freePort()),
            """
            ip-groups:
              - {name: office, file: office.txt}
            certificates:
              - {name: web, certificate: web.crt, key: web.key}
            """);

    assertThat(start(reading)).isEmpty();

    assertThat(reading.problems().all())
        .extracting(Problem::path)
        .anyMatch(path -> path.startsWith("ip-groups[office]"))
        .anyMatch(path -> path.startsWith("certificates[web]"));
  }

  @Test
  void start_tlsListener_showsItsCertificate() throws IOException {
    TestCertificates.authority("ca").issueEc("web", "localhost").writePem(directory, "web");
    ConfigReader.Reading reading =
        read(
            """
              - {name: web, protocol: tcpssl, address: 127.0.0.1, port: %d, server-group: app,
                 tls: {certificates: [web]}}
            """
                .formatted(freePort()),
            """
            certificates:
              - {name: web, certificate: web.crt, key: web.key}
            """);

    assertThat(start(reading)).as("%s", reading.problems().all()).isPresent();

    assertThat(controller.status().certificates())
        .singleElement()
        .satisfies(
            certificate -> {
              assertThat(certificate.name()).isEqualTo("web");
              assertThat(certificate.keyType()).isEqualTo("ecdsa");
            });
  }

  @Test
  void start_listenerNotEnabled_isShownAndNotBound() throws IOException {
    int port = freePort();
    start(
        read(
            "  - {name: off, protocol: tcp, address: 127.0.0.1, port: %d, enabled: false,"
                    .formatted(port)
                + " server-group: app}\n",
            ""));

    assertThat(controller.status().listeners())
        .singleElement()
        .satisfies(listener -> assertThat(listener.accepting()).isFalse());
    assertThat(controller.status().readiness().bound()).isTrue();
    new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
  }

  @Test
  void shutdown_withOpenFlow_acceptsForTheDelayAndWaitsForItsEnd() throws IOException {
    int port = freePort();
    start(tcp(port));
    try (Socket early = connected(port)) {
      Future<Void> ended =
          controller.shutdown(new DrainTimes(Duration.ofSeconds(5), Duration.ofSeconds(100), 0.2));
      assertThat(controller.status().readiness().draining()).isTrue();
      assertThat(controller.status().listeners().getFirst().accepting()).isTrue();
      connected(port).close();

      timer.pass(Duration.ofSeconds(5));
      assertThat(controller.status().listeners().getFirst().accepting()).isFalse();
      assertEcho(early);
      assertThat(ended.isComplete()).isFalse();

      early.close();
      await().until(ended::succeeded);
    }
  }

  @Test
  void shutdown_flowStaysOpen_isEndedAsDrain() throws IOException {
    int port = freePort();
    start(tcp(port));
    try (Socket client = connected(port)) {
      Future<Void> ended =
          controller.shutdown(new DrainTimes(Duration.ZERO, Duration.ofSeconds(10), 0.5));
      timer.pass(Duration.ofSeconds(4));
      assertEcho(client);

      timer.pass(Duration.ofSeconds(6));

      await().until(ended::succeeded);
      assertThat(observer.ended).extracting(flow -> flow.ended()).contains(FlowEnd.DRAIN);
    }
  }

  @Test
  void silentLoops_allFree_areNone() {
    assertThat(controller.silentLoops(Duration.ofSeconds(10)).toCompletableFuture().join())
        .isEmpty();
  }

  @Test
  void silentLoops_oneBlocked_isNamed() {
    CountDownLatch release = new CountDownLatch(1);
    loops
        .all()
        .get(1)
        .context()
        .runOnContext(
            v -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });

    assertThat(controller.silentLoops(Duration.ofMillis(300)).toCompletableFuture().join())
        .containsExactly(1);
    release.countDown();
  }

  private Optional<Revision> start(ConfigReader.Reading reading) {
    assertThat(reading.document()).as("%s", reading.problems().all()).isPresent();
    return controller
        .start(
            new First(
                reading.document().orElseThrow(),
                DocumentFile.of("test.yaml", directory, "test"),
                Optional.empty()),
            reading.problems())
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }

  private ConfigReader.Reading tcp(int port) {
    return read(listener("one", port), "");
  }

  private static String listener(String name, int port) {
    return "  - {name: %s, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}\n"
        .formatted(name, port);
  }

  private ConfigReader.Reading read(String listeners, String more) {
    String text =
        "listeners:\n"
            + listeners
            + more
            + "server-groups:\n  - {name: app, backends: [{address: \"%s\"}]}\n"
                .formatted(backend.address());
    return ConfigReader.read(text, "test.yaml", directory, name -> null);
  }

  private static Socket connected(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    assertEcho(socket);
    return socket;
  }

  private static void assertEcho(Socket socket) throws IOException {
    byte[] word = "hello".getBytes(StandardCharsets.UTF_8);
    socket.getOutputStream().write(word);
    assertThat(socket.getInputStream().readNBytes(word.length)).isEqualTo(word);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
