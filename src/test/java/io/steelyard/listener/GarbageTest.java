package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.FlowEnd;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** First bytes that are no TLS, or nearly: nothing leaks, nothing is logged, all of them end. */
class GarbageTest {

  private static final int CLIENTS = 10_000;

  @Test
  void garbage_10000FirstPayloads_allEndAndNoneReachesTheBackendOrTheLog(@TempDir Path directory)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    byte[] hello = TlsClient.of(fixture).hello();
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            RunningListener.tls(fixture, new Listen(), new Group().backend(backend.port()));
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        byte[] payload = payload(i, hello);
        clients.add(threads.submit(() -> send(steelyard, payload)));
      }
      for (Future<?> client : clients) {
        client.get(60, TimeUnit.SECONDS);
      }
      steelyard.observer.awaitEnded(CLIENTS);
      steelyard.awaitQuiet();
      assertThat(steelyard.observer.ended)
          .hasSize(CLIENTS)
          .allMatch(flow -> flow.ended() == FlowEnd.HANDSHAKE_FAILED)
          .allMatch(flow -> flow.handshakeFailure() != HandshakeFailure.TIMEOUT);
      assertThat(backend.accepted()).isZero();
      assertThat(steelyard.logged()).isEmpty();
      try (SSLSocket honest = TlsClient.of(fixture).connect(steelyard)) {
        honest.getOutputStream().write(7);
        assertThat(honest.getInputStream().read()).isEqualTo(7);
      }
    }
  }

  private static byte[] payload(int number, byte[] hello) {
    Random random = new Random(number);
    return switch (number % 5) {
      case 0 -> {
        byte[] noise = new byte[random.nextInt(1, 2000)];
        random.nextBytes(noise);
        yield noise;
      }
      case 1 -> "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
      // An SSLv2 ClientHello: two bytes of length with the high bit set, type 1, version.
      case 2 -> new byte[] {(byte) 0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, 1, 0, (byte) 0x80};
      case 3 -> Arrays.copyOf(hello, random.nextInt(1, hello.length));
      default -> {
        byte[] bent = hello.clone();
        // Within the record's and the hello's own headers and lengths, where bending makes it
        // invalid or endless.
        bent[random.nextInt(0, 9)] ^= (byte) random.nextInt(1, 256);
        yield bent;
      }
    };
  }

  private static void send(RunningListener steelyard, byte[] payload) {
    try (Socket client = steelyard.connect()) {
      client.getOutputStream().write(payload);
      client.shutdownOutput();
      client.getInputStream().readAllBytes();
    } catch (IOException refused) {
      // Alert, FIN or RST: which of them is another test's matter.
    }
  }
}
