package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Carries the records of a client's connection from the end of its handshake on, in the place of
 * the SslHandler that has done it. Confined to the channel's event loop.
 *
 * <p>Towards the pipeline: plaintext as it comes; {@link CloseNotify#RECEIVED} once when the client
 * has ended its direction, after which it can still be written to; an {@link SSLException} once
 * when the connection is broken, after the alert that it was answered with is on its way.
 *
 * <p>What is written is encrypted at once, so that the channel's watermarks see it.
 */
public final class NativeTlsHandler extends ChannelDuplexHandler implements BoringSslRecords.Sink {

  /** A client that does not read must not hold up the end of its flow. */
  private static final long LAST_FLUSH_MILLIS = 500;

  private final BoringSslRecords records;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> closeTimer;
  private boolean hasToldEnd;
  private boolean isClosing;

  /**
   * Takes the engine over: its caller's reference becomes ours.
   *
   * @param engine between two records, with nothing of its own left to send
   */
  NativeTlsHandler(ReferenceCountedOpenSslEngine engine) {
    records = new BoringSslRecords(engine);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (closeTimer != null) {
      closeTimer.cancel(false);
    }
    records.release();
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a pipeline");
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      records.decrypt(ctx.alloc(), (ByteBuf) message, this);
    } catch (SSLException broken) {
      hasToldEnd = true;
      ctx.writeAndFlush(records.alert(ctx.alloc()), ctx.voidPromise());
      ctx.fireExceptionCaught(broken);
      return;
    }
    if (records.isInputClosed() && !hasToldEnd) {
      hasToldEnd = true;
      ctx.fireUserEventTriggered(CloseNotify.RECEIVED);
    }
  }

  @Override
  public void plaintext(ByteBuf bytes) {
    context().fireChannelRead(bytes);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf plaintext)) {
      ReferenceCountUtil.release(message);
      promise.setFailure(new UnsupportedMessageTypeException(message, ByteBuf.class));
      return;
    }
    if (!plaintext.isReadable()) {
      // Nothing to encrypt; its promise tells that all before it has left.
      ctx.write(plaintext, promise);
      return;
    }
    if (records.isOutputClosed()) {
      plaintext.release();
      promise.setFailure(new ClosedChannelException());
      return;
    }
    ByteBuf ciphertext;
    try {
      ciphertext = records.encrypt(ctx.alloc(), plaintext);
    } catch (SSLException broken) {
      promise.setFailure(broken);
      return;
    } finally {
      plaintext.release();
    }
    ctx.write(ciphertext, promise);
  }

  /**
   * Ends our direction after everything that was written before; the client's stays open.
   *
   * @return done when the socket has taken it
   */
  ChannelFuture sendCloseNotify() {
    ChannelHandlerContext ctx = context();
    return ctx.writeAndFlush(closeNotify(ctx));
  }

  private ByteBuf closeNotify(ChannelHandlerContext ctx) {
    try {
      return records.closeNotify(ctx.alloc());
    } catch (SSLException broken) {
      // The connection ends either way; the client sees a truncated end, as it is one.
      return Unpooled.EMPTY_BUFFER;
    }
  }

  @Override
  public void disconnect(ChannelHandlerContext ctx, ChannelPromise promise) {
    close(ctx, promise);
  }

  /** Closes when what was written before has left, close_notify last, or after a short time. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (isClosing) {
      ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
      return;
    }
    isClosing = true;
    ByteBuf last = ctx.channel().isActive() ? closeNotify(ctx) : Unpooled.EMPTY_BUFFER;
    if (!last.isReadable() && nothingWaits(ctx)) {
      ctx.close(promise);
      return;
    }
    ChannelFuture left = ctx.writeAndFlush(last);
    if (left.isDone()) {
      ctx.close(promise);
      return;
    }
    ScheduledFuture<?> timer =
        ctx.executor().schedule(() -> ctx.close(promise), LAST_FLUSH_MILLIS, TimeUnit.MILLISECONDS);
    closeTimer = timer;
    left.addListener(
        done -> {
          // False when the timer has closed the channel, which is what failed the write.
          if (timer.cancel(false)) {
            ctx.close(promise);
          }
        });
  }

  private static boolean nothingWaits(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer waiting = ctx.channel().unsafe().outboundBuffer();
    return waiting == null || waiting.totalPendingWriteBytes() == 0;
  }
}
