package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.HeldMemory;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.testkit.Transfers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer that stops reading stops the other one from sending: what a flow holds in between stays
 * below 1 MiB (as far as that can be seen: {@link HeldMemory#modest}) however much there is to
 * send, and it goes on where it stopped.
 */
class BackPressureTest {

  private static final long GIB = 1L << 30;
  private static final long MIB = 1L << 20;

  /** What the kernel's buffers of two connections can take at most, by far (tcp_rmem, tcp_wmem). */
  private static final long KERNEL_BYTES = 128 * MIB;

  private static final long RESUMED_BYTES = 48 * MIB;

  private final TlsFixture fixture;

  BackPressureTest(@TempDir Path directory) {
    fixture = new TlsFixture(directory);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void client_stopsReading_backendIsStoppedAndLittleIsHeld(boolean tls) throws Exception {
    AtomicLong sent = new AtomicLong();
    try (SocketBackend backend = SocketBackend.running(socket -> blast(socket, sent));
        RunningListener steelyard = listening(tls, backend);
        Socket client = connect(tls, steelyard)) {
      assertThat(client.getInputStream().read()).isZero();
      assertStopped(sent, steelyard.memory());
      // A graceful close would wait for what nobody reads.
      client.setSoLinger(true, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void backend_doesNotRead_clientIsStoppedAndLittleIsHeld(boolean tls) throws Exception {
    AtomicLong sent = new AtomicLong();
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (SocketBackend backend = SocketBackend.running(socket -> over.join());
        RunningListener steelyard = listening(tls, backend);
        Socket client = connect(tls, steelyard)) {
      Thread sender = Thread.ofVirtual().start(() -> blastUntilClosed(client, sent));
      assertStopped(sent, steelyard.memory());
      backend.crash();
      over.complete(null);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_RESET);
      sender.join(Duration.ofSeconds(20));
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void client_readsAgain_getsEverythingInOrder(boolean tls) throws Exception {
    AtomicLong sent = new AtomicLong();
    CompletableFuture<String> expected = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket ->
                    expected.complete(
                        Transfers.write(
                            new Counting(socket.getOutputStream(), sent), 7, RESUMED_BYTES)));
        RunningListener steelyard = listening(tls, backend);
        Socket client = connect(tls, steelyard)) {
      awaitStop(sent, steelyard.memory());
      assertThat(expected).as("something is left to be sent").isNotDone();
      String got = Transfers.read(client.getInputStream(), RESUMED_BYTES);
      assertThat(got).isEqualTo(expected.get(20, TimeUnit.SECONDS));
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  private RunningListener listening(boolean tls, SocketBackend backend) {
    Group group = new Group().backend(backend.port());
    return tls
        ? RunningListener.tls(fixture, new Listen(), group)
        : RunningListener.tcp(new Listen(), group);
  }

  private Socket connect(boolean tls, RunningListener steelyard) throws IOException {
    return tls ? TlsClient.of(fixture).connect(steelyard) : steelyard.connect();
  }

  private static void assertStopped(AtomicLong sent, HeldMemory memory) {
    long most = awaitStop(sent, memory);
    assertThat(sent.get()).as("sent before it was stopped").isBetween(1L, KERNEL_BYTES);
    assertThat(most).as("most bytes held at once").isBetween(1L, memory.modest());
  }

  /** Waits until nothing more is sent for a while; returns the most that was held meanwhile. */
  private static long awaitStop(AtomicLong sent, HeldMemory memory) {
    AtomicLong most = new AtomicLong();
    AtomicLong before = new AtomicLong(-1);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(2))
        .during(Duration.ofMillis(400))
        .until(
            () -> {
              most.accumulateAndGet(memory.bytes(), Math::max);
              long now = sent.get();
              return now > 0 && before.getAndSet(now) == now;
            });
    return most.get();
  }

  private static void blast(Socket socket, AtomicLong sent) throws IOException {
    byte[] block = new byte[64 * 1024];
    OutputStream out = socket.getOutputStream();
    while (sent.get() < GIB) {
      out.write(block);
      sent.addAndGet(block.length);
    }
  }

  private static void blastUntilClosed(Socket socket, AtomicLong sent) {
    try {
      blast(socket, sent);
    } catch (IOException closed) {
      // Closing it under the writer is how the test ends.
    }
  }

  /** Counts what got through. */
  private static final class Counting extends OutputStream {
    private final OutputStream out;
    private final AtomicLong sent;

    Counting(OutputStream out, AtomicLong sent) {
      this.out = out;
      this.sent = sent;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      sent.addAndGet(length);
    }
  }
}
