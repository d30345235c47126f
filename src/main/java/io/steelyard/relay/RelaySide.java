package io.steelyard.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.channel.unix.Socket;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.steelyard.tls.CloseNotify;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayDeque;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One side of a relay: the last handler of a channel, reading for its peer side and writing what
 * the peer side read. Confined to the flow's event loop.
 *
 * <p>Back-pressure: reading stops when the peer's outbound buffer passes its high watermark and
 * goes on when it has drained below the low one, so a flow holds at most about a watermark and one
 * read in each direction.
 */
final class RelaySide extends ChannelInboundHandlerAdapter {

  /**
   * Written but not flushed, at most. SslHandler keeps unflushed plaintext outside the channel's
   * outbound buffer, where no watermark sees it; a read burst is 16 buffers.
   */
  private static final int MAX_UNFLUSHED_BYTES = ReadBuffers.LARGEST_BYTES;

  /**
   * What is read before a backend is there, at most, and one read more: what a client has to say
   * first nearly always fits, and reading need not be stopped and begun again. Counted by what the
   * buffers take, which one byte does not fill.
   */
  private static final int MAX_HELD_BYTES = 16 * 1024;

  private final Relay relay;
  private final boolean client;

  private @Nullable ChannelHandlerContext context;
  private @Nullable RelaySide peer;
  private @Nullable ArrayDeque<ByteBuf> held;
  private int heldBytes;
  private boolean hasRead;
  private int unflushedBytes;
  private boolean inputEnded;
  private boolean outputFinishing;
  private boolean outputFinished;
  private boolean outputBroken;
  private boolean shuttingOutput;

  /** Netty closes the socket at its peer's FIN, which {@link #channelInactive} then stands for. */
  private boolean closesAtEnd;

  /** Writing failed, and whether the peer had said all it has to say is still to be seen. */
  private boolean doubtful;

  RelaySide(Relay relay, boolean client) {
    this.relay = relay;
    this.client = client;
  }

  boolean isClient() {
    return client;
  }

  /** Nothing more will be read from this side. */
  boolean inputEnded() {
    return inputEnded;
  }

  /**
   * Everything has been written towards this side and its end delivered, or nothing can be written
   * any more.
   */
  boolean outputFinished() {
    return outputFinished || outputBroken;
  }

  Channel channel() {
    return context().channel();
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a pipeline");
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** Joins the two sides; what was held so far is passed on. */
  void join(RelaySide other) {
    peer = other;
    ArrayDeque<ByteBuf> waiting = held;
    held = null;
    if (waiting != null) {
      while (!waiting.isEmpty()) {
        pass(other, waiting.poll());
      }
      other.flush();
    }
    if (inputEnded) {
      other.finishOutput();
    }
  }

  /** Frees what was held and never passed on. */
  void dropHeld() {
    ArrayDeque<ByteBuf> waiting = held;
    held = null;
    if (waiting != null) {
      waiting.forEach(ByteBuf::release);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (relay.isEnded() || !bytes.isReadable()) {
      bytes.release();
      return;
    }
    hasRead = true;
    relay.received(this, bytes.readableBytes());
    RelaySide to = peer;
    if (to == null) {
      hold(ctx, bytes);
      return;
    }
    pass(to, bytes);
  }

  private void hold(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (held == null) {
      held = new ArrayDeque<>(2);
    }
    held.add(bytes);
    heldBytes += bytes.capacity();
    if (heldBytes >= MAX_HELD_BYTES) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  private void pass(RelaySide to, ByteBuf bytes) {
    if (to.outputFinishing || to.outputBroken) {
      bytes.release();
      return;
    }
    int count = bytes.readableBytes();
    relay.passed(this, count);
    ChannelHandlerContext target = to.context();
    target.write(bytes, target.voidPromise());
    to.unflushedBytes += count;
    if (to.unflushedBytes >= MAX_UNFLUSHED_BYTES) {
      to.flush();
    }
    // The flush may just have found the output broken: then reading goes on, to see this side's
    // end.
    if (!to.outputBroken && !target.channel().isWritable()) {
      channel().config().setAutoRead(false);
    }
  }

  private void flush() {
    if (unflushedBytes > 0) {
      unflushedBytes = 0;
      context().flush();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (hasRead) {
      hasRead = false;
      relay.touched();
    }
    RelaySide to = peer;
    if (to != null) {
      to.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    RelaySide from = peer;
    if (from == null || relay.isEnded()) {
      return;
    }
    if (ctx.channel().isWritable()) {
      relay.touched();
      from.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      endInput(InputEnd.FIN);
      return;
    }
    if (event == ChannelOutputShutdownEvent.INSTANCE) {
      outputShut();
      return;
    }
    if (event == CloseNotify.RECEIVED) {
      endInput(InputEnd.CLOSE_NOTIFY);
      return;
    }
    if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
      endInput(InputEnd.CLOSE_NOTIFY_OF_BOTH);
    }
  }

  /** How a peer says that it has sent its last byte. */
  private enum InputEnd {
    /** At the end of a TLS stream a truncated one. */
    FIN,
    CLOSE_NOTIFY,
    /** Netty's engines close their outbound side too: nothing can be sent to it any more. */
    CLOSE_NOTIFY_OF_BOTH
  }

  private void endInput(InputEnd how) {
    boolean closeNotify = how != InputEnd.FIN;
    if (relay.isEnded() || inputEnded) {
      return;
    }
    if (doubtful && !closeNotify) {
      relay.reset(this, new IOException("write failed, and no close_notify"));
      return;
    }
    inputEnded = true;
    if (how == InputEnd.CLOSE_NOTIFY_OF_BOTH && !outputFinished) {
      outputBroken = true;
    }
    relay.inputEnded(this, closeNotify);
    RelaySide to = peer;
    if (to != null && !relay.isEnded()) {
      if (outputBroken) {
        // It may be paused because this side did not take its bytes; now they are dropped.
        to.channel().config().setAutoRead(true);
      }
      to.finishOutput();
      relay.settle();
    }
  }

  /** Delivers the end of the stream to this side, once all that was written before has left. */
  void finishOutput() {
    if (outputFinishing || outputBroken) {
      return;
    }
    outputFinishing = true;
    flush();
    if (outputBroken || relay.isEnded()) {
      return;
    }
    ChannelHandlerContext ctx = context();
    if (hasAllLeft(ctx)) {
      sendEnd(ctx);
      return;
    }
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> sendEnd(ctx));
  }

  /** Whether the kernel has all that was written. SslHandler may not have encrypted all of it. */
  private boolean hasAllLeft(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer waiting = ctx.channel().unsafe().outboundBuffer();
    return waiting != null
        && waiting.totalPendingWriteBytes() == 0
        && (isBare(ctx) || ctx.pipeline().get(SslHandler.class) == null);
  }

  /** Whether nothing stands between this and the socket. */
  private boolean isBare(ChannelHandlerContext ctx) {
    return ctx.pipeline().first() == this;
  }

  private void sendEnd(ChannelHandlerContext ctx) {
    if (relay.isEnded()) {
      return;
    }
    RelaySide other = peer;
    if (inputEnded && other != null && other.inputEnded && other.outputFinished()) {
      // Both sockets are closed at once, which tells this peer the same.
      finished();
      return;
    }
    if (isBare(ctx)) {
      shutdownOutput(ctx);
      return;
    }
    Future<?> sent = CloseNotify.send(ctx.channel());
    if (sent.isDone()) {
      shutdownOutput(ctx);
    } else {
      sent.addListener(done -> shutdownOutput(ctx));
    }
  }

  private void shutdownOutput(ChannelHandlerContext ctx) {
    if (relay.isEnded()) {
      return;
    }
    shuttingOutput = true;
    if (!(ctx.channel() instanceof EpollSocketChannel socket)) {
      ((DuplexChannel) ctx.channel()).shutdownOutput().addListener(shut -> finished());
      return;
    }
    // Not Netty's: it makes an exception with its stack for the writes that might wait, and none
    // does.
    try {
      ((Socket) socket.fd()).shutdown(false, true);
    } catch (IOException | NotYetConnectedException gone) {
      // The peer has reset the connection, which is on its way to us as an event.
    }
    finished();
  }

  private void finished() {
    outputFinished = true;
    if (!inputEnded) {
      // Nothing is left to do for this socket after its peer's end but to close it, which Netty
      // then does by itself: otherwise it shuts the input, and changes what epoll watches, twice.
      closesAtEnd = true;
      ((SocketChannelConfig) channel().config()).setAllowHalfClosure(false);
    }
    relay.settle();
  }

  /** Closes its channel, after what TLS has to say. */
  void close(Channel channel) {
    if (channel.pipeline().first() == this) {
      Endings.close(channel);
    } else {
      // SslHandler puts its close_notify first and waits for it no longer than its flush timeout.
      channel.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (relay.isEnded()) {
      return;
    }
    if (cause instanceof DecoderException || cause instanceof SSLException) {
      relay.broken(this, cause);
      return;
    }
    if (cause instanceof IOException error) {
      failed(error);
      return;
    }
    relay.bug(this, cause);
  }

  private void failed(IOException error) {
    if (shuttingOutput && DialFailures.isBrokenPipe(error)) {
      // TLS wanted to say something, such as an alert, after the FIN that we have sent. A read does
      // not fail so: Linux gives EPIPE only to who has not sent a FIN. See isBrokenPipe.
      return;
    }
    boolean backendSaidAll = !client && (inputEnded || DialFailures.isBrokenPipe(error));
    if (!backendSaidAll) {
      relay.reset(this, error);
      return;
    }
    // The backend closed after its whole answer and resets what the client still sends. The answer
    // is complete, so the
    // client must not see a reset, which could overtake it.
    goDeaf();
  }

  /**
   * Netty has shut the output by itself: a write has failed. A plain socket's failure was reported
   * before; SslHandler keeps those of its own writes to itself, and without this the other side
   * would wait for room for ever.
   */
  private void outputShut() {
    if (shuttingOutput || outputBroken || relay.isEnded()) {
      return;
    }
    if (client) {
      relay.reset(this, new IOException("write failed"));
      return;
    }
    // Whether the backend closed after its whole answer (see above) its close_notify tells.
    doubtful = !inputEnded;
    goDeaf();
  }

  /**
   * Nothing can be written to this side any more: what is meant for it is dropped until the other
   * one ends too.
   */
  private void goDeaf() {
    outputBroken = true;
    channel().config().setAutoRead(true);
    RelaySide from = peer;
    if (from != null) {
      from.channel().config().setAutoRead(true);
    }
    relay.settle();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (closesAtEnd) {
      endInput(InputEnd.FIN);
    } else if (!relay.isEnded()) {
      relay.gone(this);
    }
  }
}
