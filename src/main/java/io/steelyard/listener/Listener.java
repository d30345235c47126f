package io.steelyard.listener;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.steelyard.config.ListenerConfig;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.relay.Relay;
import io.steelyard.tls.ServerTls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An address that flows are accepted on: one {@link NetServer} per event loop over one server
 * socket, which Vert.x shares between them and accepts for on its acceptor thread. Immutable but
 * for its counters and its sockets.
 */
public final class Listener {

  /** Clients that may wait for accept(2); the kernel caps it at net.core.somaxconn. */
  public static final int BACKLOG = 4096;

  private static final AtomicLong FLOW_IDS = new AtomicLong();
  private static final AtomicInteger RANDOM_PORTS = new AtomicInteger();

  private final Vertx vertx;
  private final Loops loops;
  private final ListenerConfig config;
  private final Optional<ServerTls> tls;
  private final Optional<SniRoutes> routes;
  private final Optional<GroupRuntime> defaultGroup;
  private final FlowObserver observer;
  private final OpenFlows openFlows;
  private final Admission admission;
  private final Relay.Timeouts timeouts;
  private final AtomicReference<@Nullable Channel> serverChannel = new AtomicReference<>();
  private volatile List<NetServer> servers = List.of();
  private volatile boolean stopped;

  private Listener(
      Vertx vertx, Loops loops, ListenerConfig config, Parts parts, FlowObserver observer) {
    this.vertx = vertx;
    this.loops = loops;
    this.config = config;
    this.observer = observer;
    this.tls = parts.tls();
    this.defaultGroup = config.serverGroup().map(parts.groups());
    Map<String, GroupRuntime> routed = new HashMap<>();
    config
        .sniRoutes()
        .forEach(
            route -> routed.put(route.serverGroup(), parts.groups().apply(route.serverGroup())));
    this.routes =
        config.sniRoutes().isEmpty()
            ? Optional.empty()
            : Optional.of(new SniRoutes(config.sniRoutes(), routed));
    this.openFlows = new OpenFlows(loops);
    this.admission = new Admission(config, parts.access(), openFlows);
    this.timeouts =
        new Relay.Timeouts(config.idleTimeout().toNanos(), config.halfCloseTimeout().toNanos());
  }

  /**
   * What a listener is built from beside its configuration.
   *
   * @param tls present exactly for TCPSSL
   * @param groups every server group the configuration names
   */
  public record Parts(
      Optional<ServerTls> tls,
      Optional<AccessList> access,
      Function<String, GroupRuntime> groups) {}

  /** A listener that is not bound yet. */
  public static Listener prepare(
      Vertx vertx, Loops loops, ListenerConfig config, Parts parts, FlowObserver observer) {
    return new Listener(vertx, loops, config, parts, observer);
  }

  /** Binds on every loop. Fails with the bind error; then nothing is left bound. */
  public Future<Void> bind() {
    SocketAddress address = bindAddress();
    List<NetServer> bound = new ArrayList<>();
    List<Future<NetServer>> binding = new ArrayList<>();
    for (Loop loop : loops.all()) {
      NetServer server =
          vertx.createNetServer(options()).connectHandler(socket -> accepted(loop, socket));
      bound.add(server);
      Promise<NetServer> promise = Promise.promise();
      // On the loop's own context: that is the one its accepted sockets belong to.
      loop.context().runOnContext(v -> server.listen(address).onComplete(promise));
      binding.add(promise.future());
    }
    servers = List.copyOf(bound);
    return Future.join(binding)
        .compose(
            all -> ServerChannels.find(vertx, new InetSocketAddress(ip(), port()), this::watch))
        .recover(failure -> close().transform(closed -> Future.failedFuture(failure)));
  }

  private SocketAddress bindAddress() {
    if (config.port() == 0) {
      // Vert.x shares a random port between servers only when asked for it by the same id.
      return SocketAddress.sharedRandomPort(RANDOM_PORTS.incrementAndGet(), config.address());
    }
    return SocketAddress.inetSocketAddress(new InetSocketAddress(ip(), config.port()));
  }

  private InetAddress ip() {
    try {
      return InetAddress.getByName(config.address());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not an IP literal: " + config.address(), e);
    }
  }

  private static NetServerOptions options() {
    return new NetServerOptions()
        .setAcceptBacklog(BACKLOG)
        .setReuseAddress(true)
        .setTcpNoDelay(true)
        // The kernel's own default, which Vert.x would switch off: clients with Nagle's algorithm
        // would wait for
        // delayed ACKs.
        .setTcpQuickAck(true)
        .setTcpKeepAlive(true);
  }

  /** Runs on the loop, before anything is read. */
  private void accepted(Loop loop, NetSocket socket) {
    ChannelHandlerContext vertxHandler = ((NetSocketInternal) socket).channelHandlerContext();
    Channel channel = vertxHandler.channel();
    // Our own handlers take Vert.x' place: they read and write the buffers as they come.
    channel.pipeline().remove(vertxHandler.handler());
    watch(channel.parent());
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)
        || !(channel.localAddress() instanceof InetSocketAddress local)) {
      channel.close();
      return;
    }
    InetSocketAddress client = PeerAddress.unmapped(remote);
    Refusal refusal = stopped ? Refusal.DRAINING : admission.admit(client.getAddress());
    if (refusal != null) {
      observer.refused(config.name(), refusal);
      Refusing.refuse(channel, config.onLimit());
      return;
    }
    channel.closeFuture().addListener(closed -> openFlows.closed());
    channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
    Flow flow =
        new Flow(
            FLOW_IDS.incrementAndGet(),
            config.name(),
            loop.index(),
            client,
            PeerAddress.unmapped(local));
    new Journey(this, loop, channel, flow).start();
  }

  private void watch(Channel parent) {
    if (serverChannel.get() == null && serverChannel.compareAndSet(null, parent)) {
      parent.pipeline().addFirst(new DescriptorGuard(config.name(), observer));
      if (stopped) {
        parent.close();
      }
    }
  }

  /** Takes no new flow from now on and frees the port; open flows go on. Any thread, idempotent. */
  public void stopAccepting() {
    stopped = true;
    openFlows.drain();
    Channel channel = serverChannel.get();
    if (channel != null) {
      channel.close();
      return;
    }
    // NetServer.close() cuts every accepted connection; none has been accepted.
    servers.forEach(NetServer::close);
  }

  /** Stops accepting; completes when the last flow's socket is closed. */
  public Future<Void> drain() {
    stopAccepting();
    return openFlows.drain();
  }

  /** Ends up to that many of the flows that have been open longest. Any thread. */
  public void endOldest(int count, FlowEnd how, String detail) {
    openFlows.endOldest(count, how, detail);
  }

  /** Cuts what is still open and closes everything. */
  public Future<Void> close() {
    stopAccepting();
    // First the server channel, to its end: a client accepted while the servers are taken away
    // would find no loop, and
    // Netty would log that with a trace.
    Promise<Void> unbound = Promise.promise();
    Channel channel = serverChannel.get();
    if (channel == null) {
      unbound.complete();
    } else {
      channel.closeFuture().addListener(closed -> unbound.complete());
    }
    return unbound.future().compose(closed -> closeServers());
  }

  private Future<Void> closeServers() {
    List<Future<Void>> closing = new ArrayList<>();
    servers.forEach(server -> closing.add(server.close()));
    return Future.join(closing).transform(closed -> Future.<Void>succeededFuture());
  }

  public ListenerConfig config() {
    return config;
  }

  /** The TCP port it is bound to. */
  public int port() {
    return servers.isEmpty() ? config.port() : servers.getFirst().actualPort();
  }

  /** Flows open now. Any thread. */
  public int openFlowCount() {
    return openFlows.count();
  }

  Optional<ServerTls> tls() {
    return tls;
  }

  Optional<SniRoutes> routes() {
    return routes;
  }

  Optional<GroupRuntime> defaultGroup() {
    return defaultGroup;
  }

  FlowObserver observer() {
    return observer;
  }

  OpenFlows openFlows() {
    return openFlows;
  }

  Relay.Timeouts timeouts() {
    return timeouts;
  }
}
