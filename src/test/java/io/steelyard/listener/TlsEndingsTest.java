package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way a terminated flow can end, on real sockets with the JDK as client: close_notify, FIN,
 * RST, broken records, and handshakes that never end.
 */
class TlsEndingsTest {

  @TempDir Path directory;

  private RunningListener listening(
      TlsFixture fixture, TlsEngine engine, Listen listen, Group... groups) {
    return RunningListener.tls(
        engine, fixture.certificates(), listen.tls(fixture.config()), groups);
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.3", "BORINGSSL,TLSv1.2", "JDK,TLSv1.3", "JDK,TLSv1.2"})
  void exchange_thenBackendFin_clientGetsAllAndCloseNotify(TlsEngine engine, String version)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    byte[] answer = new byte[300_000];
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  assertThat(socket.getInputStream().readNBytes(8))
                      .isEqualTo("question".getBytes(UTF_8));
                  socket.getOutputStream().write(answer);
                });
        RunningListener steelyard =
            listening(fixture, engine, new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect();
        SSLSocket client = fixture.secure(plain, version)) {
      client.getOutputStream().write("question".getBytes(UTF_8));
      // A truncated end would throw here: the JDK insists on close_notify.
      assertThat(client.getInputStream().readAllBytes()).hasSize(answer.length);
      client.close();
      plain.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      assertThat(steelyard.observer.handshakes.getFirst().tls().version()).isEqualTo(version);
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.3", "BORINGSSL,TLSv1.2", "JDK,TLSv1.3", "JDK,TLSv1.2"})
  void closeNotifyWithTcpKeptOpen_backendGetsAllAndFin(TlsEngine engine, String version)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    CompletableFuture<byte[]> got = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(socket -> got.complete(socket.getInputStream().readAllBytes()));
        RunningListener steelyard =
            listening(fixture, engine, new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, version);
      client.getOutputStream().write(new byte[300_000]);
      client.shutdownOutput();
      assertThat(got.get(20, TimeUnit.SECONDS)).hasSize(300_000);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      steelyard.awaitQuiet();
      assertThat(plain.getInputStream().readAllBytes())
          .as("our close_notify, then FIN")
          .isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void finWithoutCloseNotify_backendStillAnswers_flowIsMarkedTruncated(TlsEngine engine)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  byte[] all = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(all);
                });
        RunningListener steelyard =
            listening(fixture, engine, new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      client.getOutputStream().write("cut".getBytes(UTF_8));
      plain.shutdownOutput();
      assertThat(client.getInputStream().readNBytes(3)).isEqualTo("cut".getBytes(UTF_8));
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      assertThat(steelyard.observer.ended.getFirst().isTruncated()).isTrue();
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BORINGSSL,TLSv1.3,17030300404242",
    "BORINGSSL,TLSv1.2,17030300404242",
    "BORINGSSL,TLSv1.3,170303ffff42",
    "BORINGSSL,TLSv1.2,170303ffff42",
    "BORINGSSL,TLSv1.3,474554202f20485454502f312e310d0a0d0a",
    "JDK,TLSv1.3,17030300404242",
    "JDK,TLSv1.3,170303ffff42",
    "JDK,TLSv1.2,170303ffff42"
  })
  void brokenRecord_alertIsSent_bothConnectionsClose(
      TlsEngine engine, String version, String record) throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    CompletableFuture<Object> backendSaw = new CompletableFuture<>();
    CompletableFuture<Void> reading = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  reading.complete(null);
                  try {
                    backendSaw.complete(socket.getInputStream().read());
                  } catch (IOException e) {
                    backendSaw.complete(e);
                  }
                });
        RunningListener steelyard =
            listening(fixture, engine, new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, version);
      client.getOutputStream().write(1);
      reading.get(20, TimeUnit.SECONDS);
      byte[] padded = Arrays.copyOf(HexFormat.of().parseHex(record), 5 + 0x40);
      plain.getOutputStream().write(padded);
      // Nothing more is sent: the client waits with its connection open.
      assertThatThrownBy(() -> client.getInputStream().read())
          .as("a fatal alert")
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("alert");
      assertThat(backendSaw.get(20, TimeUnit.SECONDS))
          .as("not a clean end")
          .isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.ERROR);
      steelyard.awaitQuiet();
    }
  }

  /** The answer is cut, and its client must not be told that it is whole. */
  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void brokenRecord_ofTheBackend_clientSeesReset(TlsEngine engine) throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    CompletableFuture<Void> got = new CompletableFuture<>();
    SSLContext context =
        JdkTls.serving(fixture.authority().issueEc("backend", "localhost", "127.0.0.1"));
    BackendTlsConfig unverified =
        new BackendTlsConfig(Verify.NONE, Optional.empty(), Optional.empty(), Optional.empty());
    try (SocketBackend backend =
            SocketBackend.running(
                raw -> {
                  SSLSocket secured =
                      (SSLSocket) context.getSocketFactory().createSocket(raw, null, false);
                  secured.getOutputStream().write(new byte[6]);
                  got.join();
                  raw.getOutputStream().write(HexFormat.of().parseHex("17030300400102"));
                  raw.getOutputStream().write(new byte[0x40]);
                  raw.getInputStream().readAllBytes();
                });
        RunningListener steelyard =
            listening(
                fixture,
                engine,
                new Listen(),
                new Group().tls(unverified).backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      assertThat(client.getInputStream().readNBytes(6)).hasSize(6);
      got.complete(null);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.ERROR);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void clientReset_backendSeesReset() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    CompletableFuture<Object> seen = new CompletableFuture<>();
    CompletableFuture<Void> reading = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  reading.complete(null);
                  try {
                    seen.complete(socket.getInputStream().read());
                  } catch (IOException e) {
                    seen.complete(e);
                  }
                });
        RunningListener steelyard =
            listening(
                fixture, TlsEngine.BORINGSSL, new Listen(), new Group().backend(backend.port()))) {
      Socket plain = steelyard.connect();
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      client.getOutputStream().write(1);
      reading.get(20, TimeUnit.SECONDS);
      plain.setSoLinger(true, 0);
      plain.close();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_RESET);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void backendReset_clientSeesResetAndNoCloseNotify() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                });
        RunningListener steelyard =
            listening(
                fixture, TlsEngine.BORINGSSL, new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      client.getOutputStream().write(1);
      InputStream raw = plain.getInputStream();
      assertThatThrownBy(raw::readAllBytes).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_RESET);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void allBackendsDown_clientIsResetAtOnce_countedNoBackend() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (RunningListener steelyard =
            listening(fixture, TlsEngine.BORINGSSL, new Listen(), new Group().backend(1, 0, 0));
        Socket plain = steelyard.connect()) {
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.NO_BACKEND);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void halfAHello_handshakeTimeout_endsWhileOthersAreServed() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            listening(
                fixture,
                TlsEngine.BORINGSSL,
                new Listen().handshake(Duration.ofSeconds(1)),
                new Group().backend(backend.port()));
        Socket slow = steelyard.connect()) {
      slow.getOutputStream().write(new byte[] {22, 3, 1, 1, 0, 1});
      try (Socket plain = steelyard.connect();
          SSLSocket client = fixture.secure(plain, "TLSv1.3")) {
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
      }
      assertThat(slow.getInputStream().read()).isEqualTo(-1);
      steelyard.observer.awaitEnded(2);
      assertThat(steelyard.observer.ended)
          .anyMatch(flow -> flow.handshakeFailure() == HandshakeFailure.TIMEOUT);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void garbage_isAnsweredWithAnAlert() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            listening(
                fixture, TlsEngine.BORINGSSL, new Listen(), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
      byte[] answer = client.getInputStream().readAllBytes();
      assertThat(answer).hasSize(7).startsWith(21, 3);
      assertThat(steelyard.observer.awaitHandshakeFailure()).isEqualTo(HandshakeFailure.NOT_TLS);
      assertThat(backend.accepted()).isZero();
      steelyard.awaitQuiet();
    }
  }
}
