package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.SingleThreadEventLoop;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * An address and port that clients are accepted on for a listener: one listening socket on each
 * event loop ({@link Acceptor}), or on a single one. Made by {@link Ports}; thread-safe.
 */
public final class BoundPort {

  /** Clients that may wait for accept(2); the kernel caps it at net.core.somaxconn. */
  public static final int BACKLOG = 4096;

  private final VertxInternal vertx;
  private final Loops loops;
  private final InetAddress ip;
  private final List<Acceptor> acceptors;
  private final PortExit exit;
  private final DescriptorShortage shortage;
  private final Future<Void> unbound;
  private final Future<Void> gone;
  private final AtomicBoolean leaving = new AtomicBoolean();

  private volatile Listener target;

  /** 0 until the kernel has chosen one. */
  private volatile int port;

  /**
   * One that is not bound yet.
   *
   * @param acceptOn the loops that get a listening socket
   */
  BoundPort(
      Vertx vertx,
      Loops loops,
      List<Loop> acceptOn,
      FlowObserver observer,
      InetSocketAddress wanted,
      Listener target) {
    this.vertx = (VertxInternal) vertx;
    this.loops = loops;
    this.shortage = new DescriptorShortage(() -> this.target.name(), observer);
    this.ip = wanted.getAddress();
    this.port = wanted.getPort();
    this.target = target;
    boolean alone = acceptOn.size() == 1 && loops.size() > 1;
    this.acceptors = acceptOn.stream().map(loop -> new Acceptor(this, loops, loop, alone)).toList();
    this.unbound = all(acceptors.stream().map(Acceptor::unbound));
    this.gone = all(acceptors.stream().map(Acceptor::gone));
    this.exit = new PortExit(vertx, acceptOn.getFirst(), acceptors);
  }

  /** Binds on every loop that it is to. Fails with the bind error; then nothing is left bound. */
  Future<BoundPort> bind() {
    return bindFrom(0)
        .map(this)
        .recover(failure -> cut().transform(closed -> Future.failedFuture(failure)));
  }

  /** One after the other, so that their places in the kernel's group are in the loops' order. */
  private Future<Void> bindFrom(int index) {
    if (index == acceptors.size()) {
      return Future.succeededFuture();
    }
    DescriptorGuard guard = new DescriptorGuard(shortage, loops.reserve());
    return acceptors
        .get(index)
        .bind(vertx, new InetSocketAddress(ip, port), guard)
        .compose(
            bound -> {
              port = bound;
              return bindFrom(index + 1);
            });
  }

  /** To another where its listener stops at this very moment because the port has gone over. */
  void hand(Loop loop, Channel client) {
    Listener asked = target;
    while (!asked.accept(loop, client)) {
      Listener heir = target;
      if (heir == asked) {
        asked.refuse(client, Refusal.DRAINING);
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
    return port;
  }

  /** Who its clients are accepted for. */
  public Listener target() {
    return target;
  }

  /** Its next clients are accepted for that listener. */
  public void target(Listener next) {
    target = next;
  }

  /** Listening sockets it has, or had. */
  int sockets() {
    return acceptors.size();
  }

  /**
   * Gives new clients to the other sockets that are bound to this address and port, of this process
   * or another, as far as there are any; accepts as before where there are none, or where they go.
   */
  public void steerAway() {
    exit.steerAway();
  }

  /** Leaves new clients with the process that was bound to this address and port before. */
  void leaveClientsToOthers() {
    exit.joined();
  }

  /**
   * Takes no new client from now on, loses none that the kernel has let in already, and frees the
   * port; open flows go on, and with the last of them everything is gone. Idempotent.
   *
   * @return completes when the kernel's sockets are closed, about a second later
   */
  public Future<Void> close() {
    if (leaving.compareAndSet(false, true)) {
      exit.leave(new InetSocketAddress(ip, port));
    }
    return unbound;
  }

  /** Closes the port and cuts what was accepted through it and is still open. */
  public Future<Void> cut() {
    leaving.set(true);
    return Future.join(acceptors.stream().map(Acceptor::close).toList())
        .compose(closed -> gone.isComplete() ? gone : cutClients());
  }

  private Future<Void> cutClients() {
    for (Loop loop : loops.all()) {
      // Behind whatever another loop has handed to this one.
      loop.eventLoop().execute(() -> clientsOn(loop).forEach(Channel::close));
    }
    return gone;
  }

  private List<Channel> clientsOn(Loop loop) {
    List<Channel> found = new ArrayList<>();
    if (loop.eventLoop() instanceof SingleThreadEventLoop registry) {
      registry
          .registeredChannelsIterator()
          .forEachRemaining(
              channel -> {
                if (acceptors.stream().anyMatch(acceptor -> acceptor.isParentOf(channel))) {
                  found.add(channel);
                }
              });
    }
    return found;
  }

  /** Whether it is, and stays, bound to that very address. */
  boolean holds(InetSocketAddress address) {
    return !leaving.get() && sharesGroup(address);
  }

  /** Whether the kernel has its sockets in one group with those bound to that address. */
  boolean sharesGroup(InetSocketAddress address) {
    return !unbound.isComplete() && isOnPortOf(address) && ip.equals(address.getAddress());
  }

  /** Whether the kernel would refuse to bind that address beside this one. */
  boolean overlaps(InetSocketAddress address) {
    InetAddress other = address.getAddress();
    return !unbound.isComplete()
        && isOnPortOf(address)
        && (ip.equals(other) || covers(ip, other) || covers(other, ip));
  }

  private boolean isOnPortOf(InetSocketAddress address) {
    return address.getPort() == port;
  }

  /** An IPv6 wildcard takes IPv4 clients as well: no socket of ours is for IPv6 alone. */
  private static boolean covers(InetAddress wildcard, InetAddress other) {
    return wildcard.isAnyLocalAddress()
        && (wildcard instanceof Inet6Address || other instanceof Inet4Address);
  }

  /** Completes when its sockets are closed. */
  Future<Void> unbound() {
    return unbound;
  }

  /** Completes when nothing is left of it: its last flow has ended. */
  Future<Void> gone() {
    return gone;
  }

  private static Future<Void> all(Stream<Future<Void>> parts) {
    return Future.join(parts.toList()).mapEmpty();
  }

  @Override
  public String toString() {
    return "port " + port() + " of " + address();
  }
}
