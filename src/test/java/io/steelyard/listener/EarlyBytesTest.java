package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.ShapedSocket;
import io.steelyard.testkit.ShapedSocket.Shape;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a client sends in one segment with its handshake's last flight reaches the backend, however
 * long that one takes to be there. With TLS 1.2 the client's flight is the last one only when a
 * session is resumed.
 */
class EarlyBytesTest {

  private static final byte[] EARLY = "sent with the Finished".repeat(1000).getBytes(UTF_8);

  private final Path directory;
  private final TlsFixture fixture;

  EarlyBytesTest(@TempDir Path directory) {
    this.directory = directory;
    this.fixture = new TlsFixture(directory);
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.3", "BORINGSSL,TLSv1.2", "JDK,TLSv1.3", "JDK,TLSv1.2"})
  void bytesWithTheLastFlight_areNotLost(TlsEngine engine, String version) throws Exception {
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard = listening(engine, new Group().backend(backend.port()))) {
      assertEarlyBytesArrive(steelyard, engine, version, () -> {});
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.3", "BORINGSSL,TLSv1.2", "JDK,TLSv1.3", "JDK,TLSv1.2"})
  void bytesWithTheLastFlight_firstBackendRefuses_reachTheSecond(TlsEngine engine, String version)
      throws Exception {
    SocketBackend dead = SocketBackend.echo();
    int deadPort = dead.port();
    dead.close();
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            listening(engine, new Group().backend(deadPort).backend(backend.port()))) {
      for (int i = 0; i < 2; i++) {
        assertEarlyBytesArrive(steelyard, engine, version, () -> {});
      }
      assertThat(steelyard.observer.retriedOn).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.3", "BORINGSSL,TLSv1.2", "JDK,TLSv1.3", "JDK,TLSv1.2"})
  void bytesWithTheLastFlight_backendIsLate_areKeptForIt(TlsEngine engine, String version)
      throws Exception {
    Semaphore turn = new Semaphore(0);
    AtomicInteger handshakes = new AtomicInteger();
    try (SocketBackend backend =
            SocketBackend.tls(
                JdkTls.serving(fixture.issued()),
                socket -> {
                  turn.acquireUninterruptibly();
                  SocketBackend.echoing().run(socket);
                });
        RunningListener steelyard =
            listening(engine, new Group().backend(backend.port()).tls(verified()))) {
      assertEarlyBytesArrive(
          steelyard,
          engine,
          version,
          () -> {
            int expected = handshakes.incrementAndGet();
            Patience.await().until(() -> steelyard.observer.handshakes.size() == expected);
            assertThat(steelyard.observer.backendTraffic).hasSize(expected - 1);
            turn.release();
          });
    }
  }

  private void assertEarlyBytesArrive(
      RunningListener steelyard, TlsEngine engine, String version, Runnable whileDialing)
      throws Exception {
    TlsClient client = TlsClient.of(fixture).speaking(version);
    if (version.equals("TLSv1.2")) {
      rememberSession(client, steelyard, whileDialing);
      steelyard.awaitQuiet();
    }
    int before = steelyard.observer.ended.size();
    ShapedSocket held = new ShapedSocket(steelyard.port(), Shape.HELD_AFTER_FIRST);
    try (SSLSocket secured = client.over(held)) {
      secured.startHandshake();
      secured.getOutputStream().write(EARLY);
      held.release();
      whileDialing.run();
      assertThat(secured.getInputStream().readNBytes(EARLY.length)).isEqualTo(EARLY);
    }
    steelyard.observer.awaitEnded(before + 1);
    if (version.equals("TLSv1.2") && engine == TlsEngine.BORINGSSL) {
      assertThat(steelyard.observer.ended.getLast().tls().resumed()).isTrue();
    }
    steelyard.awaitQuiet();
  }

  private static void rememberSession(
      TlsClient client, RunningListener steelyard, Runnable whileDialing) throws IOException {
    try (SSLSocket first = client.connect(steelyard)) {
      whileDialing.run();
      first.getOutputStream().write(1);
      assertThat(first.getInputStream().read()).isEqualTo(1);
    }
  }

  private RunningListener listening(TlsEngine engine, Group group) {
    return RunningListener.tls(
        engine, fixture.certificates(), new Listen().tls(fixture.config()), group);
  }

  private BackendTlsConfig verified() {
    return new BackendTlsConfig(
        Verify.FULL,
        Optional.of(directory.resolve("ca.crt")),
        Optional.of("localhost"),
        Optional.empty());
  }
}
