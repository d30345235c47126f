package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Socket;
import io.steelyard.relay.DialFailures;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Keeps a listening socket answering when the process is out of file descriptors: stands in the
 * server channel's pipeline, confined to its event loop.
 *
 * <p>accept(2) fails then and the client waits in the backlog; trying again at once would spin. A
 * few descriptors are held in reserve: one is given up, and the waiting clients are accepted with
 * it and reset one after the other, so that each learns at once that it is refused. Flows that are
 * open go on, and accepting goes on by itself once descriptors are free. (The trick is libev's and
 * nginx' of old; see accept(2), EMFILE.)
 */
final class DescriptorGuard extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = Logger.getLogger(DescriptorGuard.class);

  /** Clients reset in one go, so that accepting for other listeners is not held up for long. */
  private static final int BATCH = 64;

  private static final long RETRY_MILLIS = 100;
  private static final long QUIET_SECONDS = 5;

  private final DescriptorShortage shortage;
  private final DescriptorReserve reserve;
  private long refusedBefore;

  /**
   * A guard that is not in a pipeline yet.
   *
   * @param shortage that of the port
   * @param reserve that of all listening sockets
   */
  DescriptorGuard(DescriptorShortage shortage, DescriptorReserve reserve) {
    this.shortage = shortage;
    this.reserve = reserve;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    reserve.join();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    reserve.leave();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (reserve.isShort() && !reserve.refill()) {
      Channel client = (Channel) message;
      client.config().setOption(ChannelOption.SO_LINGER, 0);
      client.unsafe().closeForcibly();
      shortage.count();
      reserve.refill();
      return;
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!DialFailures.isOutOfFiles(cause)) {
      // ECONNABORTED and the like concern one client that has left; accepting goes on.
      LOG.debugf("accept failed listener=%s error=\"%s\"", shortage.listener(), cause.getMessage());
      return;
    }
    begin(ctx);
    // The socket stays readable for as long as the client waits: the event loop would spin.
    ctx.channel().config().setAutoRead(false);
    refuseWaiting(ctx);
  }

  /**
   * A flow of that client found no descriptor for its other side. Where flows dial as soon as they
   * are accepted, that is how a shortage shows: each accept succeeds with what the last flow gave
   * back. Any thread.
   */
  static void tell(Channel client) {
    Channel server = client.parent();
    if (server != null) {
      server
          .eventLoop()
          .execute(
              () -> {
                ChannelHandlerContext ctx = server.pipeline().context(DescriptorGuard.class);
                if (ctx != null) {
                  ((DescriptorGuard) ctx.handler()).begin(ctx);
                }
              });
    }
  }

  private void begin(ChannelHandlerContext ctx) {
    if (shortage.begin()) {
      checkFreeLater(ctx);
    }
  }

  private void refuseWaiting(ChannelHandlerContext ctx) {
    if (!ctx.channel().isOpen()) {
      return;
    }
    if (resetSome(ctx.channel())) {
      ctx.channel().eventLoop().execute(() -> refuseWaiting(ctx));
      return;
    }
    // Without a reserve the waiting clients stay in the backlog for a moment.
    ctx.channel().eventLoop().schedule(() -> acceptAgain(ctx), RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void acceptAgain(ChannelHandlerContext ctx) {
    reserve.refill();
    ctx.channel().config().setAutoRead(true);
  }

  /** Resets waiting clients by means of the reserve; whether more may be waiting. */
  private boolean resetSome(Channel channel) {
    if (!(channel instanceof EpollServerSocketChannel epoll)
        || !(epoll.fd() instanceof Socket server)
        || !reserve.giveUp()) {
      return false;
    }
    try {
      return resetWaiting(server);
    } catch (IOException e) {
      // Another thread took the descriptor that the reserve gave up.
      LOG.debugf("accept failed listener=%s error=\"%s\"", shortage.listener(), e.getMessage());
      return false;
    } finally {
      reserve.refill();
    }
  }

  /** Whether clients may still be waiting. */
  private boolean resetWaiting(Socket server) throws IOException {
    byte[] address = new byte[26];
    for (int i = 0; i < BATCH; i++) {
      int descriptor = server.accept(address);
      if (descriptor < 0) {
        return false;
      }
      Socket client = new Socket(descriptor);
      client.setSoLinger(0);
      client.close();
      shortage.count();
    }
    return true;
  }

  private void checkFreeLater(ChannelHandlerContext ctx) {
    ctx.channel().eventLoop().schedule(() -> checkFree(ctx), QUIET_SECONDS, TimeUnit.SECONDS);
  }

  private void checkFree(ChannelHandlerContext ctx) {
    long refused = shortage.refused();
    boolean quiet = refused == refusedBefore;
    refusedBefore = refused;
    if (quiet && hasSpare()) {
      shortage.end();
      return;
    }
    if (ctx.channel().isOpen()) {
      checkFreeLater(ctx);
    }
  }

  /** Whether there is a descriptor beside the reserve. */
  private boolean hasSpare() {
    if (!Epoll.isAvailable()) {
      return true;
    }
    if (!reserve.refill()) {
      return false;
    }
    try {
      Socket.newSocketStream().close();
      return true;
    } catch (IOException | ChannelException e) {
      return false;
    }
  }
}
