package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.tls.BoringSslHandshake.Step;
import io.steelyard.tls.ServerTls.Outcome;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one client's connection from its ClientHello to its end, straight between the socket's
 * buffers and BoringSSL. Confined to the channel's event loop.
 *
 * <p>Tells its {@link HandshakeTarget} how the handshake ended. From then on, towards the pipeline:
 * plaintext as it comes; {@link CloseNotify#RECEIVED} once when the client has ended its direction,
 * after which it can still be written to; an {@link SSLException} once when the connection is
 * broken, after the alert that it was answered with is on its way.
 *
 * <p>What is written is encrypted at once, so that the channel's watermarks see it.
 */
public final class NativeTlsHandler extends ChannelDuplexHandler implements BoringSslReader.Sink {

  /** A client that does not read must not hold up the end of its flow. */
  private static final long LAST_FLUSH_MILLIS = 500;

  private final BoringSslConnection connection;
  private final BoringSslReader reader;
  private final BoringSslWriter writer;

  /** Null once it is done. */
  private @Nullable BoringSslHandshake handshake;

  /** Null once it is told. */
  private @Nullable HandshakeTarget target;

  /** Null once it is asked. */
  private @Nullable CertificateContext judge;

  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> closeTimer;
  private boolean hasToldEnd;
  private boolean isClosing;

  /**
   * A handler that has not seen the ClientHello; takes the connection over.
   *
   * @param judge of the handshake's outcome
   */
  NativeTlsHandler(
      BoringSslConnection connection, CertificateContext judge, HandshakeTarget target) {
    this.connection = connection;
    this.judge = judge;
    this.target = target;
    handshake = new BoringSslHandshake(connection);
    reader = new BoringSslReader(connection);
    writer = new BoringSslWriter(connection);
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
    connection.release();
  }

  /** Whether it has given back what it holds. */
  boolean isReleased() {
    return connection.isReleased();
  }

  /** Whether its handshake is done. */
  boolean isDone() {
    return handshake == null;
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a pipeline");
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (handshake != null) {
      shakeHands(ctx, handshake, NativeBuffers.writable(ctx.alloc(), bytes));
      return;
    }
    decrypt(ctx, bytes);
  }

  private void shakeHands(ChannelHandlerContext ctx, BoringSslHandshake shaken, ByteBuf bytes) {
    boolean hasRest = false;
    try {
      Step step = advance(ctx, shaken, bytes);
      // A failed write may have ended all this from within.
      if (!connection.isReleased() && target != null) {
        switch (step) {
          case WAITS, SENDS_MORE -> {
            // On with the next read.
          }
          case FAILED -> failed(shaken.failure(), shaken.detail());
          case DONE -> done(shaken);
        }
      }
      hasRest = handshake == null && bytes.isReadable();
    } finally {
      if (!hasRest) {
        bytes.release();
      }
    }
    if (hasRest) {
      decrypt(ctx, bytes);
    }
  }

  /** As far as these bytes go; each flight is flushed once. */
  private Step advance(ChannelHandlerContext ctx, BoringSslHandshake shaken, ByteBuf bytes) {
    Step step = Step.SENDS_MORE;
    boolean sends = false;
    ByteBuf part = null;
    while (step == Step.SENDS_MORE && target != null && !connection.isReleased()) {
      step = shaken.advance(ctx.alloc(), bytes);
      part = shaken.takeOutput();
      if (part == null) {
        break;
      }
      sends = true;
      ctx.write(part, ctx.voidPromise());
    }
    if (sends) {
      ctx.flush();
    }
    return step;
  }

  private void done(BoringSslHandshake shaken) {
    CertificateContext judging = Objects.requireNonNull(judge, "asked once");
    Outcome outcome = judging.judge(connection, shaken.hello());
    handshake = null;
    judge = null;
    switch (outcome) {
      case Outcome.Done done -> {
        HandshakeTarget told = target;
        target = null;
        if (told != null) {
          told.handshakeDone(done.facts());
        }
      }
      case Outcome.Rejected rejected -> failed(rejected.failure(), TlsStage.NO_LONGER_VALID);
    }
  }

  private void failed(HandshakeFailure failure, String detail) {
    HandshakeTarget told = target;
    target = null;
    judge = null;
    hasToldEnd = true;
    if (told != null) {
      told.handshakeFailed(failure, detail);
    }
  }

  private void decrypt(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (hasToldEnd) {
      // Of a client that was turned away at its handshake's end, too.
      bytes.release();
      return;
    }
    try {
      reader.decrypt(ctx.alloc(), bytes, this);
    } catch (SSLException broken) {
      hasToldEnd = true;
      writer.close();
      ByteBuf alert = connection.takeGathered(ctx.alloc());
      if (alert != null) {
        ctx.writeAndFlush(alert, ctx.voidPromise());
      }
      ctx.fireExceptionCaught(broken);
      return;
    }
    if (reader.isClosed() && !hasToldEnd) {
      hasToldEnd = true;
      ctx.fireUserEventTriggered(CloseNotify.RECEIVED);
    }
  }

  @Override
  public void plaintext(ByteBuf bytes) {
    context().fireChannelRead(bytes);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (target != null) {
      failed(HandshakeFailure.DISCONNECT, String.valueOf(cause.getMessage()));
      return;
    }
    ctx.fireExceptionCaught(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (target != null) {
      failed(HandshakeFailure.DISCONNECT, TlsStage.CLOSED);
    }
    ctx.fireChannelInactive();
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
    if (handshake != null || writer.isClosed()) {
      plaintext.release();
      promise.setFailure(new ClosedChannelException());
      return;
    }
    ByteBuf ciphertext;
    try {
      ciphertext = writer.encrypt(ctx.alloc(), plaintext);
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
    if (handshake != null) {
      // There is no such end of a handshake.
      return Unpooled.EMPTY_BUFFER;
    }
    try {
      return writer.closeNotify(ctx.alloc());
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
    ByteBuf last = lastWords(ctx, promise);
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

  /** Where memory is too short for them, the channel is closed nevertheless. */
  private ByteBuf lastWords(ChannelHandlerContext ctx, ChannelPromise promise) {
    boolean made = false;
    try {
      ByteBuf last = ctx.channel().isActive() ? closeNotify(ctx) : Unpooled.EMPTY_BUFFER;
      made = true;
      return last;
    } finally {
      if (!made) {
        ctx.close(promise);
      }
    }
  }

  private static boolean nothingWaits(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer waiting = ctx.channel().unsafe().outboundBuffer();
    return waiting == null || waiting.totalPendingWriteBytes() == 0;
  }
}
