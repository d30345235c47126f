package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Socket;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a listener answering when the process is out of file descriptors: stands in the server
 * channel's pipeline, confined to the acceptor thread.
 *
 * <p>accept(2) fails then and the client waits in the backlog; trying again at once would spin. One
 * descriptor is held in reserve: it is given up, and the waiting clients are accepted with it and
 * reset one after the other, so that each learns at once that it is refused. Flows that are open go
 * on, and accepting goes on by itself once descriptors are free. (The trick is libev's and nginx'
 * of old; see accept(2), EMFILE.)
 */
final class DescriptorGuard extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = Logger.getLogger(DescriptorGuard.class);

  /** Clients reset in one go, so that accepting for other listeners is not held up for long. */
  private static final int BATCH = 64;

  private static final long RETRY_MILLIS = 100;
  private static final long QUIET_SECONDS = 5;

  private final Supplier<String> listener;
  private final FlowObserver observer;
  private @Nullable Socket reserve;
  private boolean exhausted;
  private long refused;
  private long refusedBefore;

  /**
   * A guard that is not in a pipeline yet.
   *
   * @param listener the name of the listener that the socket accepts for at the moment
   */
  DescriptorGuard(Supplier<String> listener, FlowObserver observer) {
    this.listener = listener;
    this.observer = observer;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    refill();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    giveUpReserve();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!isOutOfFiles(cause)) {
      // ECONNABORTED and the like concern one client that has left; accepting goes on.
      LOG.debugf("accept failed listener=%s error=\"%s\"", listener.get(), cause.getMessage());
      return;
    }
    if (!exhausted) {
      exhausted = true;
      LOG.errorf(
          "out of file descriptors listener=%s: new clients are refused, open flows go on (raise the limit of open"
              + " files: ulimit -n, LimitNOFILE)",
          listener.get());
      checkFreeLater(ctx);
    }
    // An accept that fails right after one that did not is tried again by Netty at once, and fails
    // for as long as
    // there is no descriptor, whether or not a client waits: its event loop would spin.
    ctx.channel().config().setAutoRead(false);
    refuseWaiting(ctx);
  }

  private static boolean isOutOfFiles(Throwable cause) {
    return String.valueOf(cause.getMessage())
        .toLowerCase(Locale.ROOT)
        .contains("too many open files");
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
    refill();
    ctx.channel().config().setAutoRead(true);
  }

  /** Resets waiting clients by means of the reserve; whether more may be waiting. */
  private boolean resetSome(Channel channel) {
    if (reserve == null
        || !(channel instanceof EpollServerSocketChannel epoll)
        || !(epoll.fd() instanceof Socket server)) {
      return false;
    }
    giveUpReserve();
    try {
      return resetWaiting(server);
    } catch (IOException e) {
      // Another thread took the descriptor that the reserve gave up.
      LOG.debugf("accept failed listener=%s error=\"%s\"", listener.get(), e.getMessage());
      return false;
    } finally {
      refill();
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
      count();
    }
    return true;
  }

  private void count() {
    refused++;
    observer.refused(listener.get(), Refusal.FILES);
  }

  private void checkFreeLater(ChannelHandlerContext ctx) {
    ctx.channel().eventLoop().schedule(() -> checkFree(ctx), QUIET_SECONDS, TimeUnit.SECONDS);
  }

  private void checkFree(ChannelHandlerContext ctx) {
    boolean quiet = refused == refusedBefore;
    refusedBefore = refused;
    if (quiet && hasSpare()) {
      exhausted = false;
      LOG.infof(
          "file descriptors are free again listener=%s refused-total=%d", listener.get(), refused);
      return;
    }
    if (ctx.channel().isOpen()) {
      checkFreeLater(ctx);
    }
  }

  /** Whether there is a descriptor beside the reserve. */
  private boolean hasSpare() {
    refill();
    if (!Epoll.isAvailable()) {
      return true;
    }
    if (reserve == null) {
      return false;
    }
    try {
      Socket.newSocketStream().close();
      return true;
    } catch (IOException | ChannelException e) {
      return false;
    }
  }

  private void refill() {
    if (reserve != null || !Epoll.isAvailable()) {
      return;
    }
    try {
      reserve = Socket.newSocketStream();
    } catch (ChannelException e) {
      reserve = null;
    }
  }

  private void giveUpReserve() {
    Socket held = reserve;
    reserve = null;
    if (held != null) {
      try {
        held.close();
      } catch (IOException e) {
        LOG.debugf("closing the reserve failed error=\"%s\"", e.getMessage());
      }
    }
  }
}
