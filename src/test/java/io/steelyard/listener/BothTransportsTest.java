package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.socket.SocketChannel;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where epoll's sockets are treated differently from those of the JDK: each direction ends by
 * itself, whoever ends first, and what comes early is held.
 */
@InProcess("chooses the transport")
class BothTransportsTest {

  private static final int MIB = 1 << 20;
  private static final int BLOCK = 16 * 1024;

  /** Of what comes early, in buffers, and the largest read (ReadBuffers), twice. */
  private static final long HELD_BYTES = MIB / 2;

  private static PortScene scene(boolean epoll, Group group) {
    return new PortScene(
        new VertxOptions().setPreferNativeTransport(epoll).setEventLoopPoolSize(1),
        false,
        // With routes, a listener reads before it dials; what these clients send matches none.
        new Listen().routes(new SniRoute(List.of("other.test"), List.of(), "app")).build(),
        group.build());
  }

  /** A client that has sent one byte. */
  private static Socket connect(BoundPort bound) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), bound.port());
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(1);
    return socket;
  }

  private static void assertOver(PortScene scene, FlowEnd... ends) {
    Patience.await().until(() -> scene.observer.ended.size() == ends.length);
    assertThat(scene.observer.ended).extracting(Flow::ended).containsExactly(ends);
    Patience.await()
        .until(() -> scene.registered().stream().noneMatch(SocketChannel.class::isInstance));
  }

  private static void awaitStuck(LongSupplier bytes) {
    AtomicLong before = new AtomicLong(-1);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .during(Duration.ofMillis(100))
        .until(
            () -> {
              long now = bytes.getAsLong();
              return now > 0 && before.getAndSet(now) == now;
            });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientEndsFirstAndReadsLate_wholeAnswerArrives(boolean epoll) throws Exception {
    byte[] answer = new byte[24 * MIB];
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(answer);
                });
        PortScene scene = scene(epoll, new Group().backend(backend.port()));
        Socket client = connect(scene.bind(0))) {
      client.getOutputStream().write(new byte[100_000]);
      client.shutdownOutput();
      Patience.await().until(() -> !scene.observer.clientTraffic.isEmpty());
      awaitStuck(() -> scene.observer.clientTraffic.getFirst().sentBytes());
      assertThat(client.getInputStream().readAllBytes()).hasSize(answer.length);
      assertOver(scene, FlowEnd.CLIENT_END);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void backendEndsFirstAndReadsLate_everythingArrives(boolean epoll) throws Exception {
    CompletableFuture<Void> mayRead = new CompletableFuture<>();
    CompletableFuture<byte[]> got = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getOutputStream().write(1);
                  socket.shutdownOutput();
                  mayRead.join();
                  got.complete(socket.getInputStream().readAllBytes());
                });
        PortScene scene = scene(epoll, new Group().backend(backend.port()));
        Socket client = connect(scene.bind(0))) {
      assertThat(client.getInputStream().readAllBytes()).hasSize(1);
      byte[] upload = new byte[24 * MIB];
      Thread sending =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(upload);
                      client.close();
                    } catch (IOException cut) {
                      got.completeExceptionally(cut);
                    }
                  });
      awaitStuck(() -> scene.observer.clientTraffic.getFirst().receivedBytes());
      mayRead.complete(null);
      assertThat(got.get(20, TimeUnit.SECONDS)).hasSize(1 + upload.length);
      sending.join();
      assertOver(scene, FlowEnd.BACKEND_END);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientEndsBeforeABackendIsThere_everythingAndTheEndArrive(boolean epoll) throws Exception {
    try (SocketBackend backend = SocketBackend.echo();
        PortScene scene = scene(epoll, oneAtATime(backend))) {
      BoundPort bound = scene.bind(0);
      try (Socket holder = connect(bound);
          Socket client = connect(bound)) {
        Patience.await().until(() -> scene.observer.accepted.size() == 2);
        client.getOutputStream().write("early".getBytes(UTF_8));
        client.shutdownOutput();
        Patience.await().until(() -> scene.observer.accepted.getLast().receivedBytes() == 6);
        holder.close();
        assertThat(client.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("\u0001early");
      }
      assertOver(scene, FlowEnd.CLIENT_END, FlowEnd.CLIENT_END);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientSendsMuchBeforeABackendIsThere_isPausedAndNothingIsLost(boolean epoll)
      throws Exception {
    byte[] much = new byte[24 * MIB];
    CompletableFuture<byte[]> got = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  byte[] all = socket.getInputStream().readAllBytes();
                  if (all.length > 1) {
                    got.complete(all);
                  }
                });
        PortScene scene = scene(epoll, oneAtATime(backend))) {
      BoundPort bound = scene.bind(0);
      try (Socket holder = connect(bound)) {
        Patience.await().until(() -> scene.observer.accepted.size() == 1);
        Socket client = connect(bound);
        AtomicLong sent = new AtomicLong();
        Thread sending =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (client) {
                        for (int from = 0; from < much.length; from += BLOCK) {
                          client.getOutputStream().write(much, from, BLOCK);
                          sent.addAndGet(BLOCK);
                        }
                      } catch (IOException cut) {
                        got.completeExceptionally(cut);
                      }
                    });
        Patience.await().until(() -> scene.observer.accepted.size() == 2);
        Flow flow = scene.observer.accepted.getLast();
        awaitStuck(sent::get);
        assertThat(flow.receivedBytes()).isPositive().isLessThan(HELD_BYTES);
        holder.close();
        assertThat(got.get(20, TimeUnit.SECONDS)).hasSize(1 + much.length);
        sending.join();
      }
      assertOver(scene, FlowEnd.CLIENT_END, FlowEnd.CLIENT_END);
    }
  }

  private static Group oneAtATime(SocketBackend backend) {
    return new Group().backend(backend.port(), 100, 1).queue(10, Duration.ofSeconds(60));
  }
}
