package io.steelyard.listener;

import io.steelyard.flow.FlowObserver;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.transports.EpollTransport;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses and ports that this process is bound to. All its sockets are bound with
 * SO_REUSEPORT, so that each event loop can have one and one can follow another without a gap;
 * whether a port is free for us is therefore asked before. Thread-safe.
 */
public final class Ports {

  /**
   * Listening sockets held at most as long as ports get one on each event loop; those after them
   * get one on a single loop, the loops in turn. Each costs a descriptor and some 4 KiB.
   */
  static final int MAX_SOCKETS = 1_024;

  private final Vertx vertx;
  private final Loops loops;
  private final FlowObserver observer;
  private final boolean takeover;

  /** Bound, being bound, or unbound with flows still open. Guarded by this. */
  private final List<BoundPort> held = new ArrayList<>();

  /** Listening sockets of those that are not unbound. Guarded by this. */
  private int socketsHeld;

  /** The loop of the next port that gets one socket. Guarded by this. */
  private int nextLoop;

  /**
   * Nothing is bound yet.
   *
   * @param takeover whether ports may be shared with another process of this user, which is about
   *     to leave; without it they must be free
   */
  public Ports(Vertx vertx, Loops loops, FlowObserver observer, boolean takeover) {
    this.vertx = vertx;
    this.loops = loops;
    this.observer = observer;
    this.takeover = takeover;
  }

  /**
   * Binds, and accepts for the target at once. An address that overlaps one bound by this process
   * (such as its wildcard) can be bound beside it, the very same one only once the other is being
   * closed.
   *
   * @param address an IP literal
   * @param port 0 for any free one
   * @return fails with the bind error; then nothing is left bound
   */
  public Future<BoundPort> bind(String address, int port, Listener target) {
    InetSocketAddress wanted = new InetSocketAddress(ip(address), port);
    BoundPort bound;
    boolean overlaps;
    synchronized (this) {
      if (port != 0 && held.stream().anyMatch(other -> other.holds(wanted))) {
        return Future.failedFuture(new BindException("Address already in use by this process"));
      }
      overlaps = port != 0 && held.stream().anyMatch(other -> other.overlaps(wanted));
      bound = new BoundPort(vertx, loops, nextLoops(), observer, wanted, target);
      held.add(bound);
      socketsHeld += bound.sockets();
    }
    bound.unbound().onComplete(closed -> release(bound.sockets()));
    // The kernel cannot be asked where our own socket would be the answer.
    boolean ask = port != 0 && !overlaps;
    return (ask ? isFree(wanted) : Future.succeededFuture(true))
        .compose(
            free ->
                bound
                    .bind()
                    .onSuccess(
                        done -> {
                          if (!free) {
                            // Until that one steers them away.
                            bound.leaveClientsToOthers();
                          }
                        }))
        .onSuccess(done -> bound.gone().onComplete(closed -> forget(bound)))
        .onFailure(failure -> bound.cut().onComplete(closed -> forget(bound)));
  }

  /** Where the next port gets its listening sockets. */
  private List<Loop> nextLoops() {
    boolean canShare = ((VertxInternal) vertx).transport() instanceof EpollTransport;
    if (canShare && socketsHeld + loops.size() <= MAX_SOCKETS) {
      return loops.all();
    }
    nextLoop = (nextLoop + 1) % loops.size();
    return List.of(loops.all().get(nextLoop));
  }

  /**
   * With SO_REUSEPORT, a second process of this user would share the port and say nothing.
   *
   * @return fails where it is held by another process and not to be shared
   */
  private Future<Boolean> isFree(InetSocketAddress wanted) {
    return vertx.executeBlocking(
        () -> {
          try {
            bindOnce(wanted);
            return true;
          } catch (IOException e) {
            if (takeover) {
              return false;
            }
            throw e;
          }
        },
        false);
  }

  /**
   * Binds as an ordinary socket does, and gives the port back without having listened: no client
   * can get caught in it.
   */
  private static void bindOnce(InetSocketAddress wanted) throws IOException {
    StandardProtocolFamily family =
        wanted.getAddress() instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    try (SocketChannel socket = SocketChannel.open(family)) {
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.bind(wanted);
    } catch (UnsupportedOperationException noSuchFamily) {
      // Binding itself will say what is wrong.
    }
  }

  private static InetAddress ip(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not an IP literal: " + literal, e);
    }
  }

  private synchronized void release(int sockets) {
    socketsHeld -= sockets;
  }

  private synchronized void forget(BoundPort port) {
    held.remove(port);
  }

  /**
   * Gives the new clients of all ports to the other processes that are bound to them; where there
   * are none they are accepted as before. For a process that is about to leave.
   */
  public void steerAway() {
    List<BoundPort> all;
    synchronized (this) {
      all = List.copyOf(held);
    }
    all.forEach(BoundPort::steerAway);
  }

  /** Closes everything that was ever bound and is not gone yet, and cuts its flows. */
  public Future<Void> cut() {
    List<BoundPort> all;
    synchronized (this) {
      all = List.copyOf(held);
    }
    return Future.join(all.stream().map(BoundPort::cut).toList()).mapEmpty();
  }
}
