package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights hold to the flow, over both event loops, with one client and with many. */
class WeightsTest {

  private static final int FLOWS = 300;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void weights100And50And0_300Flows_areSharedTwoToOneToNone(int clients) throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    TlsClient client = TlsClient.of(fixture);
    try (SocketBackend heavy = SocketBackend.named("heavy");
        SocketBackend light = SocketBackend.named("light");
        SocketBackend none = SocketBackend.named("none");
        RunningListener steelyard =
            RunningListener.tls(
                fixture,
                new Listen(),
                new Group()
                    .backend(heavy.port(), 100, 0)
                    .backend(light.port(), 50, 0)
                    .backend(none.port(), 0, 0));
        ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < FLOWS; i++) {
        answers.add(threads.submit(() -> ask(client, steelyard)));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS)).isIn("heavy", "light");
      }
      assertThat(heavy.accepted()).isEqualTo(200);
      assertThat(light.accepted()).isEqualTo(100);
      assertThat(none.accepted()).isZero();
      steelyard.awaitQuiet();
      assertThat(steelyard.loops()).as("both event loops took part").containsExactly(0, 1);
    }
  }

  private static String ask(TlsClient client, RunningListener steelyard) throws Exception {
    try (SSLSocket socket = client.connect(steelyard)) {
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
