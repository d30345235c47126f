package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A peer that has ended its own direction and then resets: only a failed write still tells of it.
 */
class ResetAfterHalfCloseTest {

  private static final byte[] PIECE = new byte[64 * 1024];

  @TempDir private Path directory;
  private final CompletableFuture<Exception> stopped = new CompletableFuture<>();

  /** Reads the client's end, then sends until it cannot. */
  private SocketBackend endless() {
    return SocketBackend.running(
        socket -> {
          socket.getInputStream().readAllBytes();
          try {
            while (true) {
              socket.getOutputStream().write(PIECE);
            }
          } catch (IOException e) {
            stopped.complete(e);
          }
        });
  }

  private void resetAfterFin(RunningListener steelyard, Socket plain) throws Exception {
    plain.shutdownOutput();
    plain.getInputStream().readNBytes(PIECE.length);
    plain.setSoLinger(true, 0);
    plain.close();
    assertThat(stopped.get(20, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
    assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_RESET);
    steelyard.awaitQuiet();
  }

  @Test
  void plainClient_resetAfterFin_backendSeesReset() throws Exception {
    try (SocketBackend backend = endless();
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      resetAfterFin(steelyard, plain);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tlsClient_resetAfterFin_backendSeesReset(TlsEngine engine) throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend = endless();
        RunningListener steelyard =
            RunningListener.tls(
                engine,
                fixture.certificates(),
                new Listen().tls(fixture.config()),
                new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      fixture.secure(plain, "TLSv1.3");
      resetAfterFin(steelyard, plain);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tlsBackend_resetAfterFin_clientGetsTheAnswerAndIsReadOn(TlsEngine engine) throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    SSLContext context =
        JdkTls.serving(fixture.authority().issueEc("backend", "localhost", "127.0.0.1"));
    CompletableFuture<Void> sending = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                raw -> {
                  SSLSocket secured =
                      (SSLSocket) context.getSocketFactory().createSocket(raw, null, false);
                  secured.getOutputStream().write("answer".getBytes(UTF_8));
                  raw.shutdownOutput();
                  sending.join();
                  raw.setSoLinger(true, 0);
                });
        RunningListener steelyard =
            RunningListener.tls(
                engine,
                fixture.certificates(),
                new Listen(),
                new Group()
                    .tls(
                        new BackendTlsConfig(
                            Verify.NONE, Optional.empty(), Optional.empty(), Optional.empty()))
                    .backend(backend.port()));
        Socket client = steelyard.connect()) {
      assertThat(client.getInputStream().readAllBytes()).hasSize(6);
      client.getOutputStream().write(PIECE);
      sending.complete(null);
      for (int i = 0; i < 400; i++) {
        client.getOutputStream().write(PIECE);
      }
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }
}
