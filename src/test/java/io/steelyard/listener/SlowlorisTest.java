package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.HandshakeFailure;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that send their ClientHello a byte now and then. */
class SlowlorisTest {

  private static final int SLOW_CLIENTS = 200;

  /** A record header that promises 512 bytes, the hello's header, and then the rest, slowly. */
  private static final byte[] BEGIN = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

  @Test
  void oneByteNowAndThen_handshakeTimeout_endsThemAllWhileOthersAreServed(@TempDir Path directory)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    TlsClient honest = TlsClient.of(fixture);
    List<Socket> slow = new ArrayList<>();
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            RunningListener.tls(
                fixture,
                new Listen().handshake(Duration.ofSeconds(2)),
                new Group().backend(backend.port()));
        ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor()) {
      for (int i = 0; i < SLOW_CLIENTS; i++) {
        Socket client = steelyard.connect();
        client.getOutputStream().write(BEGIN);
        slow.add(client);
      }
      ticks.scheduleAtFixedRate(
          () -> slow.forEach(SlowlorisTest::oneByte), 0, 50, TimeUnit.MILLISECONDS);
      int served = 0;
      while (timedOut(steelyard) < SLOW_CLIENTS) {
        try (SSLSocket client = honest.connect(steelyard)) {
          client.getOutputStream().write(7);
          assertThat(client.getInputStream().read()).isEqualTo(7);
          served++;
        }
      }
      assertThat(served).isPositive();
      ticks.shutdownNow();
      for (Socket client : slow) {
        client.close();
      }
      steelyard.awaitQuiet();
      assertThat(timedOut(steelyard)).isEqualTo(SLOW_CLIENTS);
      assertThat(backend.accepted()).isEqualTo(served);
    }
  }

  private static long timedOut(RunningListener steelyard) {
    return steelyard.observer.ended.stream()
        .filter(flow -> flow.handshakeFailure() == HandshakeFailure.TIMEOUT)
        .count();
  }

  private static void oneByte(Socket client) {
    try {
      client.getOutputStream().write(0);
    } catch (IOException ended) {
      // That is what the test waits for, on the other side.
    }
  }
}
