package io.steelyard.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannelConfig;
import io.steelyard.backend.Lease;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RecordingObserver;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A dial on a loop of its own, on both transports. */
class DialTest {

  private enum Transport {
    EPOLL,
    NIO
  }

  private final List<AutoCloseable> closing = new ArrayList<>();
  private final RecordingObserver observer = new RecordingObserver();
  private final Outcome outcome = new Outcome();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : closing.reversed()) {
      resource.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void dial_backendListens_connectsAChannelThatIsReadyToRelay(Transport transport)
      throws Exception {
    SocketBackend backend = closedAtTheEnd(SocketBackend.echo());
    ServerGroup group = new ServerGroup(new Group().backend(backend.port()).build());
    EventLoop loop = loop(transport);
    start(dial(loop, group), loop);
    Channel channel = outcome.channel.get(20, TimeUnit.SECONDS);
    assertThat(channel.isActive()).isTrue();
    assertThat(channel.eventLoop()).isSameAs(loop);
    assertThat(channel.remoteAddress()).isEqualTo(group.backends().getFirst().socketAddress());
    assertThat(channel.pipeline().names()).hasSize(1);
    SocketChannelConfig config = (SocketChannelConfig) channel.config();
    assertThat(config.isTcpNoDelay()).isTrue();
    assertThat(config.isKeepAlive()).isTrue();
    assertThat(config.isAutoRead()).isTrue();
    channel.close().syncUninterruptibly();
    outcome.lease.release();
    assertNothingIsLeft(group, loop);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void dial_everyBackendRefuses_failsWithAllOfThemTried(Transport transport) throws Exception {
    Group twoDead = new Group().backend(deadPort()).backend(deadPort()).retries(1);
    ServerGroup group = new ServerGroup(twoDead.build());
    EventLoop loop = loop(transport);
    Dial dial = dial(loop, group);
    start(dial, loop);
    assertThat(outcome.end.get(20, TimeUnit.SECONDS)).isEqualTo(FlowEnd.CONNECT_FAILED);
    assertThat(observer.connectFailures)
        .containsExactly(ConnectFailure.REFUSED, ConnectFailure.REFUSED);
    assertThat(observer.retriedOn).hasSize(1);
    assertNothingIsLeft(group, loop);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void dial_firstBackendRefuses_connectsToTheSecond(Transport transport) throws Exception {
    SocketBackend backend = closedAtTheEnd(SocketBackend.echo());
    Group half = new Group().backend(deadPort()).backend(backend.port()).retries(1);
    ServerGroup group = new ServerGroup(half.build());
    EventLoop loop = loop(transport);
    for (int flow = 0; flow < 2; flow++) {
      Outcome connected = new Outcome();
      start(dial(loop, group, connected), loop);
      Channel channel = connected.channel.get(20, TimeUnit.SECONDS);
      assertThat(channel.remoteAddress())
          .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.port()));
      channel.close().syncUninterruptibly();
      connected.lease.release();
    }
    assertThat(observer.connectFailures).isNotEmpty().containsOnly(ConnectFailure.REFUSED);
    assertNothingIsLeft(group, loop);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void dial_backendDoesNotAnswer_failsAtTheConnectTimeout(Transport transport) throws Exception {
    Group silent = new Group().backend(unansweringPort()).retries(0);
    ServerGroup group = new ServerGroup(silent.connectTimeout(Duration.ofMillis(100)).build());
    EventLoop loop = loop(transport);
    start(dial(loop, group), loop);
    assertThat(outcome.end.get(20, TimeUnit.SECONDS)).isEqualTo(FlowEnd.CONNECT_FAILED);
    assertThat(observer.connectFailures).containsExactly(ConnectFailure.TIMEOUT);
    assertNothingIsLeft(group, loop);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void cancel_whileConnecting_closesTheSocketAndTellsNobody(Transport transport) throws Exception {
    Group silent = new Group().backend(unansweringPort()).retries(1);
    ServerGroup group = new ServerGroup(silent.connectTimeout(Duration.ofMillis(300)).build());
    EventLoop loop = loop(transport);
    Dial dial = dial(loop, group);
    start(dial, loop);
    assertThat(sockets(loop)).isEqualTo(1);
    loop.submit(dial::cancel).get(20, TimeUnit.SECONDS);
    assertNothingIsLeft(group, loop);
    // Its deadline was the first of its length: when one that is set later has come, it has, too.
    CompletableFuture<Void> later = new CompletableFuture<>();
    loop.execute(
        () -> Deadlines.of(loop).in(Duration.ofMillis(300).toNanos(), () -> later.complete(null)));
    later.get(20, TimeUnit.SECONDS);
    assertThat(outcome.end).isNotDone();
    assertThat(outcome.channel).isNotDone();
    assertThat(observer.connectFailures).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void cancel_beforeTheSocketIsRegistered_leavesNothing(Transport transport) throws Exception {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    SocketBackend backend =
        closedAtTheEnd(
            SocketBackend.running(
                socket -> {
                  try {
                    socket.getInputStream().read();
                  } finally {
                    closed.complete(null);
                  }
                }));
    ServerGroup group = new ServerGroup(new Group().backend(backend.port()).build());
    EventLoop loop = loop(transport);
    Dial dial = dial(loop, group);
    loop.submit(
            () -> {
              dial.start();
              dial.cancel();
            })
        .get(20, TimeUnit.SECONDS);
    closed.get(20, TimeUnit.SECONDS);
    assertNothingIsLeft(group, loop);
    assertThat(outcome.end).isNotDone();
    assertThat(outcome.channel).isNotDone();
    assertThat(observer.connectFailures).isEmpty();
  }

  @Test
  void dial_socketThrowsInsteadOfFailing_endsAsConnectFailedAndHoldsNoLease() throws Exception {
    ServerGroup group = new ServerGroup(new Group().backend(1).build());
    EventLoopGroup withoutSockets = closedAtTheEnd(new DefaultEventLoopGroup(1));
    EventLoop loop = withoutSockets.next();
    start(dial(loop, group), loop);
    assertThat(outcome.end.get(20, TimeUnit.SECONDS)).isEqualTo(FlowEnd.CONNECT_FAILED);
    assertThat(group.backends().getFirst().connections()).isZero();
  }

  private <T extends AutoCloseable> T closedAtTheEnd(T resource) {
    closing.add(resource);
    return resource;
  }

  private EventLoop loop(Transport transport) {
    EventLoopGroup group =
        transport == Transport.EPOLL ? new EpollEventLoopGroup(1) : new NioEventLoopGroup(1);
    return closedAtTheEnd(group).next();
  }

  private Dial dial(EventLoop loop, ServerGroup group) {
    return dial(loop, group, outcome);
  }

  private Dial dial(EventLoop loop, ServerGroup group, Outcome told) {
    GroupRuntime runtime = new GroupRuntime(group, group.config(), Optional.empty());
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    Flow flow = new Flow(1, "web", 0, loopback, loopback);
    return new Dial(runtime, loop, flow, observer, told);
  }

  private static void start(Dial dial, EventLoop loop) throws Exception {
    loop.submit(dial::start).get(20, TimeUnit.SECONDS);
  }

  private static int deadPort() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return taken.getLocalPort();
    }
  }

  /** A port whose backlog is full: a connect to it stays under way. */
  private int unansweringPort() throws IOException {
    ServerSocket full = closedAtTheEnd(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    for (int i = 0; i < 16; i++) {
      Socket filler = closedAtTheEnd(new Socket());
      try {
        filler.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()), 100);
      } catch (SocketTimeoutException backlogFull) {
        return full.getLocalPort();
      }
    }
    throw new IllegalStateException("the backlog takes everything");
  }

  private static int sockets(EventLoop loop) throws Exception {
    // Asked on the loop: a selector forgets a closed socket when it selects again.
    return loop.submit(() -> ((SingleThreadEventLoop) loop).registeredChannels())
        .get(20, TimeUnit.SECONDS);
  }

  private static void assertNothingIsLeft(ServerGroup group, EventLoop loop) throws Exception {
    assertThat(group.backends()).allMatch(backend -> backend.connections() == 0);
    Patience.await().until(() -> sockets(loop) == 0);
  }

  private static final class Outcome implements Dial.Target {
    private final CompletableFuture<FlowEnd> end = new CompletableFuture<>();
    private final CompletableFuture<Channel> channel = new CompletableFuture<>();
    private volatile Lease lease;

    @Override
    public void outOfFiles() {
      throw new AssertionError("files are plenty");
    }

    @Override
    public void connected(Channel backend, Lease held, long connectNanos) {
      lease = held;
      channel.complete(backend);
    }

    @Override
    public void failed(FlowEnd how, String detail) {
      end.complete(how);
    }

    @Override
    public Optional<ByteBuf> proxyHeader(ProxyProtocol settings) {
      return Optional.empty();
    }
  }
}
