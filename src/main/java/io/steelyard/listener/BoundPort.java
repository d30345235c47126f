package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An address and port that clients are accepted on for a listener: one {@link NetServer} per event
 * loop over one server socket, which Vert.x shares between them and accepts for on its acceptor
 * thread. Made by {@link Ports}; thread-safe.
 */
public final class BoundPort {

  /** Clients that may wait for accept(2); the kernel caps it at net.core.somaxconn. */
  public static final int BACKLOG = 4096;

  private static final AtomicInteger IDS = new AtomicInteger();

  private final Vertx vertx;
  private final Loops loops;
  private final FlowObserver observer;
  private final InetAddress ip;
  private final int wantedPort;
  private final List<NetServer> servers = new ArrayList<>();
  private final AtomicBoolean leaving = new AtomicBoolean();
  private final AtomicBoolean closingServers = new AtomicBoolean();
  private final Promise<Void> unbound = Promise.promise();
  private final Promise<Void> handedOver = Promise.promise();
  private final Promise<Void> gone = Promise.promise();
  private final AtomicLong accepted = new AtomicLong();

  /** What was accepted through this port and is still open, and one for the server channel. */
  private final AtomicInteger holders = new AtomicInteger(1);

  private volatile Listener target;
  private volatile @Nullable Channel serverChannel;
  private volatile @Nullable PortExit exit;

  BoundPort(
      Vertx vertx, Loops loops, FlowObserver observer, InetSocketAddress wanted, Listener target) {
    this.vertx = vertx;
    this.loops = loops;
    this.observer = observer;
    this.ip = wanted.getAddress();
    this.wantedPort = wanted.getPort();
    this.target = target;
  }

  /** Binds on every loop. Fails with the bind error; then nothing is left bound. */
  Future<BoundPort> bind() {
    SocketAddress address = bindAddress();
    List<Future<NetServer>> binding = new ArrayList<>();
    for (Loop loop : loops.all()) {
      NetServer server =
          vertx.createNetServer(options()).connectHandler(socket -> accepted(loop, socket));
      servers.add(server);
      Promise<NetServer> promise = Promise.promise();
      // On the loop's own context: that is the one its accepted sockets belong to.
      loop.context().runOnContext(v -> server.listen(address).onComplete(promise));
      binding.add(promise.future());
    }
    return Future.join(binding)
        .compose(
            all ->
                ServerChannels.find(
                    vertx, new InetSocketAddress(ip, servers.getFirst().actualPort()), this::claim))
        .map(this)
        .recover(failure -> closeServers().transform(closed -> Future.failedFuture(failure)));
  }

  /**
   * With a host name of its own: Vert.x shares a server socket between servers of one name and
   * port, and a socket that is on its way out must not be shared with the one that follows it.
   */
  private SocketAddress bindAddress() {
    int id = IDS.incrementAndGet();
    if (wantedPort == 0) {
      return SocketAddress.sharedRandomPort(id, ip.getHostAddress());
    }
    String name = ip.getHostAddress() + "/" + id;
    try {
      InetAddress named =
          ip instanceof Inet6Address v6
              ? Inet6Address.getByAddress(name, ip.getAddress(), v6.getScopeId())
              : InetAddress.getByAddress(name, ip.getAddress());
      return SocketAddress.inetSocketAddress(new InetSocketAddress(named, wantedPort));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the bytes of an address are an address", e);
    }
  }

  private static NetServerOptions options() {
    return new NetServerOptions()
        .setAcceptBacklog(BACKLOG)
        .setReuseAddress(true)
        // So that the socket after this one can be bound before this one is closed.
        .setReusePort(true)
        .setTcpNoDelay(true)
        // The kernel's own default, which Vert.x would switch off: clients with Nagle's algorithm
        // would wait for delayed ACKs.
        .setTcpQuickAck(true)
        .setTcpKeepAlive(true);
  }

  /** Takes a server channel that no other port has taken. On the acceptor thread. */
  private boolean claim(Channel channel) {
    if (channel.pipeline().get(DescriptorGuard.class) != null) {
      return false;
    }
    channel.pipeline().addFirst(new DescriptorGuard(() -> target.name(), observer));
    serverChannel = channel;
    exit = new PortExit(channel, accepted::get);
    channel.closeFuture().addListener(closed -> serverChannelClosed());
    return true;
  }

  /** Runs on the loop, before anything is read. */
  private void accepted(Loop loop, NetSocket socket) {
    ChannelHandlerContext vertxHandler = ((NetSocketInternal) socket).channelHandlerContext();
    Channel channel = vertxHandler.channel();
    // Our own handlers take Vert.x' place: they read and write the buffers as they come.
    channel.pipeline().remove(vertxHandler.handler());
    accepted.incrementAndGet();
    holders.incrementAndGet();
    channel.closeFuture().addListener(closed -> letGo());
    hand(loop, channel);
  }

  /** To another where its listener stops at this very moment because the port has gone over. */
  private void hand(Loop loop, Channel channel) {
    Listener asked = target;
    while (!asked.accept(loop, channel)) {
      Listener heir = target;
      if (heir == asked) {
        asked.refuse(channel, Refusal.DRAINING);
        return;
      }
      asked = heir;
    }
  }

  /** The address it is bound to, an IP literal. */
  public String address() {
    return ip.getHostAddress();
  }

  /** The TCP port it is bound to. */
  public int port() {
    return wantedPort == 0 ? servers.getFirst().actualPort() : wantedPort;
  }

  /** Who its clients are accepted for. */
  public Listener target() {
    return target;
  }

  /** Its next clients are accepted for that listener. */
  public void target(Listener next) {
    target = next;
  }

  /**
   * Gives new clients to the other sockets that are bound to this address and port, of this process
   * or another, as far as there are any; accepts as before where there are none, or where they go.
   */
  public void steerAway() {
    PortExit way = exit;
    if (way != null) {
      channel().eventLoop().execute(way::steerAway);
    }
  }

  /** Gives new clients to the socket that was bound to this address and port first. */
  void steerToEldest() {
    Channel channel = channel();
    channel.eventLoop().execute(() -> new ListenSocket(channel).steerTo(0));
  }

  /**
   * Takes no new client from now on, loses none that the kernel has let in already, and frees the
   * port; open flows go on, and with the last of them everything is gone. Idempotent.
   *
   * @return completes when the kernel's socket is closed, some tenths of a second later
   */
  public Future<Void> close() {
    if (leaving.compareAndSet(false, true)) {
      PortExit way = Objects.requireNonNull(exit, "a bound port has a way out");
      channel().eventLoop().execute(way::leave);
    }
    return unbound.future();
  }

  /** Closes the port and cuts what was accepted through it and is still open. */
  public Future<Void> cut() {
    leaving.set(true);
    Channel channel = serverChannel;
    if (channel == null) {
      return closeServers();
    }
    channel.close();
    return handedOver.future().compose(none -> closeServers());
  }

  private void serverChannelClosed() {
    unbound.tryComplete();
    // What has been accepted may still be on its way to its loop.
    List<Future<Void>> passed = new ArrayList<>();
    for (Loop loop : loops.all()) {
      Promise<Void> reached = Promise.promise();
      loop.context().runOnContext(v -> reached.complete());
      passed.add(reached.future());
    }
    Future.join(passed)
        .onComplete(
            all -> {
              handedOver.tryComplete();
              letGo();
            });
  }

  private void letGo() {
    if (holders.decrementAndGet() == 0) {
      closeServers();
    }
  }

  /** NetServer.close() cuts every connection that was accepted through it. */
  private Future<Void> closeServers() {
    if (closingServers.compareAndSet(false, true)) {
      Future.join(servers.stream().map(NetServer::close).toList())
          .onComplete(closed -> gone.complete());
    }
    return gone.future();
  }

  /** Whether it is, and stays, bound to that very address. */
  boolean holds(InetSocketAddress address) {
    return !leaving.get() && isOnPortOf(address) && ip.equals(address.getAddress());
  }

  /** Whether the kernel would refuse to bind that address beside this one. */
  boolean overlaps(InetSocketAddress address) {
    InetAddress other = address.getAddress();
    return !unbound.future().isComplete()
        && isOnPortOf(address)
        && (ip.equals(other) || covers(ip, other) || covers(other, ip));
  }

  private boolean isOnPortOf(InetSocketAddress address) {
    return address.getPort() == (serverChannel == null ? wantedPort : port());
  }

  /** An IPv6 wildcard takes IPv4 clients as well: no socket of ours is for IPv6 alone. */
  private static boolean covers(InetAddress wildcard, InetAddress other) {
    return wildcard.isAnyLocalAddress()
        && (wildcard instanceof Inet6Address || other instanceof Inet4Address);
  }

  /** Completes when nothing is left of it: its last flow has ended. */
  Future<Void> gone() {
    return gone.future();
  }

  private Channel channel() {
    return Objects.requireNonNull(serverChannel, "a bound port has a server channel");
  }

  @Override
  public String toString() {
    return "port " + port() + " of " + address();
  }
}
