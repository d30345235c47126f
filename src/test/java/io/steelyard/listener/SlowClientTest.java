package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that takes its time over an answer which its backend has sent and ended long ago: a part
 * of it waits in our own memory, behind what the kernel holds.
 */
class SlowClientTest {

  private static final Duration HALF_CLOSE = Duration.ofSeconds(1);

  private static final int PIECE_BYTES = 16 * 1024;

  /** Steps of 50 ms in which the client takes little: three half-close timeouts long. */
  private static final int SLOW_STEPS = 60;

  private static final int STEP_BYTES = 8 * 1024;

  @TempDir private Path directory;

  private final CompletableFuture<RunningListener> passing = new CompletableFuture<>();
  private final CompletableFuture<Integer> answered = new CompletableFuture<>();

  /**
   * Sends until the relay takes no more, which is when the kernel's send buffer is full; then a
   * FIN.
   */
  private SocketBackend answering() {
    return SocketBackend.running(
        socket -> {
          int sent = 0;
          do {
            socket.getOutputStream().write(new byte[PIECE_BYTES]);
            sent += PIECE_BYTES;
          } while (isPassedOn(sent));
          answered.complete(sent);
        });
  }

  private boolean isPassedOn(int bytes) {
    try {
      Awaitility.await()
          .atMost(Duration.ofMillis(300))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> passing.join().sentBytes() >= bytes);
      return true;
    } catch (ConditionTimeoutException full) {
      return false;
    }
  }

  private static Socket connect(RunningListener steelyard) throws IOException {
    Socket client = new Socket();
    client.setReceiveBufferSize(16 * 1024);
    client.setSoTimeout(20_000);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), steelyard.port()));
    return client;
  }

  /** Little by little, then the rest. */
  private static int readSlowly(InputStream in) throws Exception {
    int[] steps = {0};
    int[] got = {0};
    try (ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
      ScheduledFuture<?> slow =
          pace.scheduleWithFixedDelay(
              () -> {
                try {
                  got[0] += in.readNBytes(STEP_BYTES).length;
                  steps[0]++;
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              0,
              50,
              TimeUnit.MILLISECONDS);
      while (pace.submit(() -> steps[0]).get(20, TimeUnit.SECONDS) < SLOW_STEPS && !slow.isDone()) {
        pace.schedule(() -> {}, 50, TimeUnit.MILLISECONDS).get();
      }
      slow.cancel(false);
      return pace.submit(() -> got[0] + in.readAllBytes().length).get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void plainClientReadsSlowly_backendEnded_halfCloseTimeoutCutsNothing() throws Exception {
    try (SocketBackend backend = answering();
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen().halfClose(HALF_CLOSE), new Group().backend(backend.port()));
        Socket client = connect(steelyard)) {
      passing.complete(steelyard);
      int bytes = answered.get(20, TimeUnit.SECONDS);
      assertThat(readSlowly(client.getInputStream())).isEqualTo(bytes);
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void tlsClientReadsSlowly_backendEnded_halfCloseTimeoutCutsNothing() throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    try (SocketBackend backend = answering();
        RunningListener steelyard =
            RunningListener.tls(
                fixture, new Listen().halfClose(HALF_CLOSE), new Group().backend(backend.port()));
        Socket client = fixture.secure(connect(steelyard), "TLSv1.3")) {
      passing.complete(steelyard);
      int bytes = answered.get(20, TimeUnit.SECONDS);
      assertThat(readSlowly(client.getInputStream())).isEqualTo(bytes);
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void clientReadsNothingMore_backendEnded_halfCloseTimeoutEndsTheFlow() throws Exception {
    try (SocketBackend backend = answering();
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen().halfClose(HALF_CLOSE), new Group().backend(backend.port()));
        Socket client = connect(steelyard)) {
      passing.complete(steelyard);
      answered.get(20, TimeUnit.SECONDS);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }
}
