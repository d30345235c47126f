package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Every way a passthrough flow can end, on real sockets: who closes how, and what the other side
 * sees of it.
 */
class TcpEndingsTest {

  @Test
  void clientFin_backendStillAnswers_wholeAnswerArrives() throws Exception {
    byte[] answer = new byte[300_000];
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(answer);
                });
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      client.getOutputStream().write("question".getBytes(UTF_8));
      client.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).hasSize(answer.length);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void backendFin_clientStillSends_everythingArrives() throws Exception {
    CompletableFuture<byte[]> got = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getOutputStream().write("greeting".getBytes(UTF_8));
                  socket.shutdownOutput();
                  got.complete(socket.getInputStream().readAllBytes());
                });
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      assertThat(client.getInputStream().readAllBytes()).isEqualTo("greeting".getBytes(UTF_8));
      client.getOutputStream().write(new byte[300_000]);
      client.shutdownOutput();
      assertThat(got.get(20, TimeUnit.SECONDS)).hasSize(300_000);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void clientReset_backendSeesReset() throws Exception {
    CompletableFuture<IOException> seen = new CompletableFuture<>();
    CompletableFuture<Void> reading = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  reading.complete(null);
                  try {
                    int next = socket.getInputStream().read();
                    seen.completeExceptionally(new AssertionError("read " + next));
                  } catch (IOException e) {
                    seen.complete(e);
                  }
                });
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()))) {
      Socket client = steelyard.connect();
      client.getOutputStream().write(1);
      reading.get(20, TimeUnit.SECONDS);
      client.setSoLinger(true, 0);
      client.close();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_RESET);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void backendReset_clientSeesReset() throws Exception {
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                });
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      client.getOutputStream().write(1);
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_RESET);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void backendAnswersAndClosesWithUnreadBytes_wholeAnswerStillArrives() throws Exception {
    byte[] answer = new byte[1000];
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  socket.getOutputStream().write(answer);
                  socket.shutdownOutput();
                  // What the client still sends is never read: the close resets.
                });
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      client.getOutputStream().write(new byte[500_000]);
      assertThat(client.getInputStream().readAllBytes()).hasSize(answer.length);
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void noBackendListens_clientIsReset() throws Exception {
    int freePort;
    try (SocketBackend gone = SocketBackend.echo()) {
      freePort = gone.port();
    }
    try (RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(freePort));
        Socket client = steelyard.connect()) {
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CONNECT_FAILED);
      assertThat(steelyard.observer.connectFailures).containsExactly(ConnectFailure.REFUSED);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void oneBackendIsGone_flowsGoToTheOther() throws Exception {
    int freePort;
    try (SocketBackend gone = SocketBackend.echo()) {
      freePort = gone.port();
    }
    try (SocketBackend alive = SocketBackend.named("alive");
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen(), new Group().backend(freePort).backend(alive.port()))) {
      for (int i = 0; i < 20; i++) {
        try (Socket client = steelyard.connect()) {
          assertThat(client.getInputStream().readAllBytes()).isEqualTo("alive".getBytes(UTF_8));
        }
      }
      steelyard.awaitQuiet();
      assertThat(steelyard.observer.retriedOn).isNotEmpty().containsOnly(alive.address());
    }
  }

  @Test
  void silentFlow_idleTimeout_bothSidesEnd() throws Exception {
    CompletableFuture<Integer> seen = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(socket -> seen.complete(socket.getInputStream().read()));
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen().idle(Duration.ofSeconds(1)), new Group().backend(backend.port()));
        Socket client = steelyard.connect()) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.IDLE);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void halfClosedFlow_halfCloseTimeout_ends() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (SocketBackend silent =
            SocketBackend.running(
                socket -> {
                  socket.getOutputStream().write(1);
                  over.join();
                });
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen().halfClose(Duration.ofSeconds(1)), new Group().backend(silent.port()));
        Socket client = steelyard.connect()) {
      assertThat(client.getInputStream().read()).isEqualTo(1);
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.IDLE);
      steelyard.awaitQuiet();
      over.complete(null);
    }
  }
}
