package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A TLS peer that resets while it is written to: what the TLS handler writes fails unseen, and the
 * reset must be noticed and passed on all the same.
 */
class TlsResetsTest {

  private static final int ANSWER_BYTES = 1000;

  private final TlsFixture fixture;

  TlsResetsTest(@TempDir Path directory) {
    fixture = new TlsFixture(directory);
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void clientReset_whileTheBackendSends_endsTheFlowAtOnce(TlsEngine engine) throws Exception {
    CompletableFuture<IOException> backendSaw = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(socket -> backendSaw.complete(blast(socket)));
        RunningListener steelyard = listening(engine, new Group().backend(backend.port()));
        Socket plain = steelyard.connect()) {
      SSLSocket client = TlsClient.of(fixture).over(plain);
      client.getInputStream().readNBytes(1_000_000);
      plain.setSoLinger(true, 0);
      plain.close();
      assertThat(backendSaw.get(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_RESET);
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void backendReset_whileTheClientSends_clientSeesReset(TlsEngine engine) throws Exception {
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  secured(socket).getInputStream().readNBytes(1_000_000);
                  socket.setSoLinger(true, 0);
                });
        RunningListener steelyard =
            listening(engine, new Group().backend(backend.port()).tls(unverified()));
        Socket client = TlsClient.of(fixture).connect(steelyard)) {
      assertThat(blast(client)).isNotNull();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_RESET);
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void backendAnswersAndClosesWithUnreadBytes_wholeAnswerStillArrives(TlsEngine engine)
      throws Exception {
    try (SocketBackend backend =
            SocketBackend.tls(
                JdkTls.serving(fixture.issued()),
                socket -> {
                  socket.getInputStream().read();
                  socket.getOutputStream().write(new byte[ANSWER_BYTES]);
                });
        RunningListener steelyard =
            listening(engine, new Group().backend(backend.port()).tls(unverified()));
        SSLSocket client = TlsClient.of(fixture).connect(steelyard)) {
      AtomicBoolean sent = new AtomicBoolean();
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(new byte[500_000]);
                      sent.set(true);
                    } catch (IOException cut) {
                      // The answer is what counts.
                    }
                  });
      assertThat(client.getInputStream().readNBytes(ANSWER_BYTES)).hasSize(ANSWER_BYTES);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      sender.join();
      assertThat(sent).isTrue();
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  private RunningListener listening(TlsEngine engine, Group group) {
    return RunningListener.tls(
        engine, fixture.certificates(), new Listen().tls(fixture.config()), group);
  }

  private Socket secured(Socket plain) throws IOException {
    SSLSocketFactory factory = JdkTls.serving(fixture.issued()).getSocketFactory();
    return factory.createSocket(plain, null, true);
  }

  private static BackendTlsConfig unverified() {
    return new BackendTlsConfig(Verify.NONE, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Sends until that fails. */
  private static IOException blast(Socket socket) {
    byte[] block = new byte[64 * 1024];
    try {
      for (int i = 0; i < 1 << 14; i++) {
        socket.getOutputStream().write(block);
      }
    } catch (IOException cut) {
      return cut;
    }
    throw new AssertionError("1 GiB was taken");
  }
}
