package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollMode;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.impl.VertxInternal;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket of a port, on one event loop, which accepts for it and carries most of its
 * clients itself. Lives until the last of them has closed. What it does happens on its loop; its
 * methods may be called on any thread.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {

  /* Accepting a client costs accept4(2) and one epoll_ctl(2) beside what Netty's constructor of a channel asks for:
   *
   * - The listening socket is watched level-triggered, one accept for each time it is ready: edge-triggered, Netty has to
   *   go on until accept4(2) finds nobody, which makes and destroys a socket in the kernel. Many waiting clients take
   *   turns with the flows of the loop.
   * - What accepted sockets inherit is set on the listening socket. TCP_NODELAY is Netty's default, TCP_QUICKACK Linux'.
   * - Interest in reading is noted before the registration, so that it is registered with it.
   *
   * A client is not registered while the loop is still handling what one epoll_wait(2) told: one of those events may be
   * of a socket that was closed a moment ago, and whose descriptor's number is the client's now. Netty would take the
   * end of the one for the end of the other. */

  private static final Logger LOG = Logger.getLogger(Acceptor.class);

  /** How often it is asked whether the accept queue is empty before the socket is closed. */
  private static final long QUEUE_CHECK_MILLIS = 10;

  /** After so many the rest is given up: there are no descriptors to accept them with. */
  private static final int QUEUE_CHECKS = 100;

  private final BoundPort port;
  private final Loops loops;
  private final Loop loop;
  private final boolean alone;
  private final List<ChannelFutureListener> closedOn;
  private final AtomicLong accepted = new AtomicLong();

  /** What was accepted through this socket and is still open, and one for the socket. */
  private final AtomicInteger holders = new AtomicInteger(1);

  private final Promise<Void> unbound = Promise.promise();
  private final Promise<Void> gone = Promise.promise();
  private volatile @Nullable Channel channel;
  private boolean keepsAlive;

  /**
   * One that is not bound yet.
   *
   * @param alone whether it is the only one of its port
   */
  Acceptor(BoundPort port, Loops loops, Loop loop, boolean alone) {
    this.port = port;
    this.loops = loops;
    this.loop = loop;
    this.alone = alone;
    // One listener for all clients of a loop, not one for each.
    this.closedOn =
        loops.all().stream().<ChannelFutureListener>map(on -> done -> closed(on)).toList();
  }

  /**
   * Binds, and accepts at once.
   *
   * @return the port bound to; fails with the bind error, then nothing is left of it
   */
  Future<Integer> bind(VertxInternal vertx, InetSocketAddress address, DescriptorGuard guard) {
    Promise<Integer> bound = Promise.promise();
    Channel made;
    try {
      made = vertx.transport().serverChannelFactory(false).newChannel();
    } catch (ChannelException e) {
      socketClosed();
      return Future.failedFuture(e);
    }
    channel = made;
    configure(made);
    made.pipeline().addLast(guard, this);
    made.closeFuture().addListener(closed -> socketClosed());
    loop.eventLoop()
        .register(made)
        .addListener(
            (ChannelFuture registered) -> {
              if (registered.isSuccess()) {
                bind(made, address, bound);
              } else {
                bound.fail(registered.cause());
              }
            });
    return bound.future();
  }

  private void configure(Channel made) {
    made.config().setOption(ChannelOption.SO_BACKLOG, BoundPort.BACKLOG);
    made.config().setOption(ChannelOption.SO_REUSEADDR, true);
    if (made instanceof EpollServerSocketChannel epoll) {
      // One socket a loop, and the one after this one can be bound before this one is closed.
      epoll.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
      epoll.config().setEpollMode(EpollMode.LEVEL_TRIGGERED);
    }
    keepsAlive = new ListenSocket(made).keepAcceptedAlive();
  }

  private static void bind(Channel made, InetSocketAddress address, Promise<Integer> bound) {
    made.bind(address)
        .addListener(
            done -> {
              if (done.isSuccess() && made.localAddress() instanceof InetSocketAddress local) {
                bound.complete(local.getPort());
                return;
              }
              made.close().addListener(closed -> bound.fail(done.cause()));
            });
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel client = (Channel) message;
    accepted.lazySet(accepted.getPlain() + 1);
    holders.incrementAndGet();
    LoopBalance balance = loops.balance();
    Loop chosen = alone ? balance.chooseLeast(loop) : balance.choose(loop);
    try {
      // Behind the events at hand, also on this loop: see above.
      chosen.eventLoop().execute(() -> take(chosen, client));
    } catch (RejectedExecutionException e) {
      client.unsafe().closeForcibly();
      closed(chosen);
    }
  }

  /** Runs on the client's loop. Its registration makes it active and has nothing read yet. */
  private void take(Loop on, Channel client) {
    client.closeFuture().addListener(closedOn.get(on.index()));
    if (!keepsAlive) {
      client.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    }
    if (!port.target().settings().readsFirst()) {
      client.config().setAutoRead(false);
    } else if (client instanceof EpollSocketChannel) {
      client.unsafe().beginRead();
    }
    on.eventLoop().register(client.voidPromise());
    if (client.isRegistered()) {
      port.hand(on, client);
    } else {
      LOG.debugf("a client could not be registered port=%s", port);
    }
  }

  /** A client that was given to that loop is no more. */
  private void closed(Loop on) {
    loops.balance().closed(on);
    letGo();
  }

  private void socketClosed() {
    unbound.complete();
    letGo();
  }

  private void letGo() {
    if (holders.decrementAndGet() == 0) {
      gone.complete();
    }
  }

  /** How many clients have been accepted so far. */
  long accepted() {
    return accepted.get();
  }

  /** Gives new clients to the socket of that place in the group; see {@link ListenSocket}. */
  Future<Void> steerTo(int place) {
    return onSocket(socket -> socket.steerTo(place));
  }

  /** No new client finds the socket any more, but for the group's other sockets. */
  Future<Void> hide() {
    return onSocket(ListenSocket::hide);
  }

  /** Closes the socket once nobody waits in its accept queue. Completes when it is closed. */
  Future<Void> closeWhenEmpty() {
    onSocket(socket -> closeWhenEmpty(socket, QUEUE_CHECKS));
    return unbound.future();
  }

  private void closeWhenEmpty(ListenSocket socket, int checksLeft) {
    if (checksLeft == 0 || socket.waiting() == 0) {
      close();
      return;
    }
    loop.eventLoop()
        .schedule(
            () -> closeWhenEmpty(socket, checksLeft - 1),
            QUEUE_CHECK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private Future<Void> onSocket(Consumer<ListenSocket> step) {
    Channel bound = Objects.requireNonNull(channel, "a bound port has its channels");
    Promise<Void> done = Promise.promise();
    loop.eventLoop()
        .execute(
            () -> {
              step.accept(new ListenSocket(bound));
              done.complete();
            });
    return done.future();
  }

  /** Closes the socket, with whoever waits in its accept queue. Completes when it is closed. */
  Future<Void> close() {
    Channel bound = channel;
    if (bound != null) {
      bound.close();
    } else if (unbound.tryComplete()) {
      letGo();
    }
    return unbound.future();
  }

  boolean isOpen() {
    Channel bound = channel;
    return bound != null && bound.isOpen();
  }

  /** Whether that channel was accepted through this socket. */
  boolean isParentOf(Channel client) {
    return client.parent() != null && client.parent() == channel;
  }

  /** Completes when the kernel's socket is closed. */
  Future<Void> unbound() {
    return unbound.future();
  }

  /** Completes when the last client has closed, too. */
  Future<Void> gone() {
    return gone.future();
  }
}
