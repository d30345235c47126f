package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;

/**
 * One flow that is brought to a certain step of its life, with both of its ends in hand. Once a
 * fault is injected, {@link #goOn} lets whoever is left read to the end and close.
 */
final class InjectedScene implements AutoCloseable {

  private static final long GIB = 1L << 30;
  static final Duration SHORT = RunningListener.shortestTimeout();
  static final Duration LONG = Duration.ofSeconds(30);

  private final boolean tls;
  private final TlsFixture fixture;
  private final Duration handshakePatience;
  private final Duration patience;
  private final List<AutoCloseable> closing = new ArrayList<>();
  private final CompletableFuture<Socket> backendSide = new CompletableFuture<>();
  private final CompletableFuture<Void> proceed = new CompletableFuture<>();
  private final AtomicLong transferred = new AtomicLong();
  RunningListener steelyard;
  Socket plain;
  private Socket client;

  /**
   * @param handshakePatience the listener's handshake timeout
   * @param patience every other timeout of listener and group
   */
  InjectedScene(boolean tls, TlsFixture fixture, Duration handshakePatience, Duration patience) {
    this.tls = tls;
    this.fixture = fixture;
    this.handshakePatience = handshakePatience;
    this.patience = patience;
  }

  /** The backend's end of the flow. */
  Socket backend() throws Exception {
    return backendSide.get(20, TimeUnit.SECONDS);
  }

  void listen(Group group) {
    Listen listen = new Listen().idle(patience).handshake(handshakePatience).halfClose(patience);
    group.connectTimeout(patience).retries(0);
    steelyard =
        tls ? RunningListener.tls(fixture, listen, group) : RunningListener.tcp(listen, group);
    closing.add(steelyard);
  }

  private <T extends AutoCloseable> T closedAtTheEnd(T resource) {
    closing.add(resource);
    return resource;
  }

  /** A backend that does nothing until it may go on; then it reads to the end. */
  Group passiveBackend() {
    SocketBackend backend =
        closedAtTheEnd(
            SocketBackend.running(
                socket -> {
                  backendSide.complete(socket);
                  proceed.join();
                  drain(socket.getInputStream());
                }));
    return new Group().backend(backend.port());
  }

  /** A backend that reads all the time. */
  Group readingBackend() {
    SocketBackend backend =
        closedAtTheEnd(
            SocketBackend.running(
                socket -> {
                  backendSide.complete(socket);
                  drain(socket.getInputStream());
                }));
    return new Group().backend(backend.port());
  }

  /** A backend that sends all the time until it may go on. */
  Group sendingBackend() {
    SocketBackend backend =
        closedAtTheEnd(
            SocketBackend.running(
                socket -> {
                  backendSide.complete(socket);
                  send(socket);
                }));
    return new Group().backend(backend.port());
  }

  /** A port whose backlog is full: a connect to it stays under way. */
  Group unansweringBackend() throws IOException {
    ServerSocket full = closedAtTheEnd(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    for (int i = 0; i < 16; i++) {
      Socket filler = closedAtTheEnd(new Socket());
      try {
        filler.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()), 100);
      } catch (SocketTimeoutException backlogFull) {
        return new Group().backend(full.getLocalPort());
      }
    }
    throw new IllegalStateException("the backlog takes everything");
  }

  /** A backend that takes one flow at a time, and has it. */
  void occupiedBackend() throws IOException {
    SocketBackend backend = closedAtTheEnd(SocketBackend.echo());
    listen(new Group().backend(backend.port(), 100, 1).queue(10, patience));
    Socket holder = tls ? TlsClient.of(fixture).connect(steelyard) : steelyard.connect();
    closing.add(holder);
    holder.getOutputStream().write(1);
    assertThat(holder.getInputStream().read()).isEqualTo(1);
  }

  static BackendTlsConfig unverified() {
    return new BackendTlsConfig(Verify.NONE, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Connects without a byte. */
  void connect() throws IOException {
    plain = steelyard.connect();
  }

  /** Connects and completes the handshake where there is one. */
  void connectAndSecure() throws IOException {
    connect();
    client = plain;
    if (tls) {
      SSLSocket secured = TlsClient.of(fixture).over(plain);
      secured.startHandshake();
      client = secured;
    }
  }

  void clientReads() {
    Thread.ofVirtual().start(() -> quietly(() -> drain(client.getInputStream())));
  }

  void clientSends() {
    Thread.ofVirtual().start(() -> quietly(() -> send(client)));
  }

  /** Waits until bytes are on their way. */
  void awaitTransfer() {
    Patience.await().until(() -> transferred.get() > 4_000_000);
  }

  /** Waits until nothing moves any more. */
  void awaitStuck() {
    AtomicLong before = new AtomicLong(-1);
    Awaitility.await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(10))
        .during(Duration.ofMillis(60))
        .until(
            () -> {
              long now = transferred.get();
              return now > 0 && before.getAndSet(now) == now;
            });
  }

  void awaitConnected() {
    Patience.await().until(() -> !steelyard.observer.backendTraffic.isEmpty());
  }

  /** Lets both ends read to the end and close, as far as they still can. */
  void goOn() {
    proceed.complete(null);
    Socket socket = plain;
    Socket reading = client == null ? plain : client;
    Thread.ofVirtual()
        .start(
            () ->
                quietly(
                    () -> {
                      try (socket) {
                        drain(reading.getInputStream());
                      }
                    }));
  }

  private void send(Socket socket) throws IOException {
    byte[] block = new byte[16 * 1024];
    OutputStream out = socket.getOutputStream();
    while (!proceed.isDone() && transferred.get() < GIB) {
      out.write(block);
      transferred.addAndGet(block.length);
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] block = new byte[64 * 1024];
    while (in.read(block) >= 0) {
      // What it is does not matter here.
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void quietly(Action action) {
    try {
      action.run();
    } catch (IOException cut) {
      // Being cut is what this is about.
    }
  }

  @Override
  public void close() throws Exception {
    proceed.complete(null);
    if (plain != null) {
      plain.close();
    }
    for (AutoCloseable resource : closing.reversed()) {
      resource.close();
    }
  }
}
