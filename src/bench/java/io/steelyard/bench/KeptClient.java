package io.steelyard.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A kept connection that asks for 1 KiB at a time. All calls on its event loop.
 *
 * <p>The backend's answers have one length, which the first one tells.
 */
final class KeptClient extends SimpleChannelInboundHandler<ByteBuf> {

  private static final ByteBuf REQUEST =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(
                  "GET /small HTTP/1.1\r\nHost: bench.test\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII)));
  private static final ByteBuf HEAD_END =
      Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[] {'\r', '\n', '\r', '\n'}));

  private final boolean tls;
  private final Consumer<KeptClient> ready;
  private final Consumer<KeptClient> lost;
  private long length;
  private long received;
  private Channel channel;

  /** For whoever drives it: what is under way. */
  long startNanos;

  /**
   * @param ready told when the connection can be used, and after every answer
   * @param lost told once, when it has ended
   */
  @SuppressWarnings("NullAway.Init") // The channel comes with channelActive.
  KeptClient(boolean tls, Consumer<KeptClient> ready, Consumer<KeptClient> lost) {
    this.tls = tls;
    this.ready = ready;
    this.lost = lost;
  }

  void ask() {
    channel.writeAndFlush(REQUEST.duplicate(), channel.voidPromise());
  }

  void close() {
    channel.close();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    if (!tls) {
      ready.accept(this);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
      ready.accept(this);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
    if (length == 0) {
      int end = ByteBufUtil.indexOf(HEAD_END.duplicate(), bytes);
      if (end < 0) {
        throw new IllegalStateException("the answer's head came in parts");
      }
      length = end - bytes.readerIndex() + HEAD_END.readableBytes() + Backend.SMALL_BYTES;
    }
    received += bytes.readableBytes();
    if (received >= length) {
      received = 0;
      ready.accept(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lost.accept(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
