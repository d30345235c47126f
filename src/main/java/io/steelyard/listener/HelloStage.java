package io.steelyard.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.steelyard.wire.ClientHello;
import io.steelyard.wire.ClientHelloReader;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a client's pipeline until its ClientHello is whole: gathers at most 16 KiB
 * and a read, decodes nothing else, and hands hello and bytes over together.
 */
final class HelloStage extends ChannelInboundHandlerAdapter {

  private final Target target;
  private @Nullable ByteBuf seen;

  HelloStage(Target target) {
    this.target = target;
  }

  /**
   * What follows the hello. Each gets the bytes seen so far (perhaps none) and owns them; called
   * once.
   */
  interface Target {
    void complete(ChannelHandlerContext ctx, ClientHello hello, ByteBuf seen);

    void invalid(ChannelHandlerContext ctx, String reason, int alert, ByteBuf seen);

    /** The client ended or reset before its hello was whole. */
    void left(ChannelHandlerContext ctx, ByteBuf seen);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = append(ctx, (ByteBuf) message);
    switch (ClientHelloReader.read(bytes)) {
      case ClientHelloReader.Result.Incomplete incomplete -> seen = bytes;
      case ClientHelloReader.Result.Complete complete -> {
        seen = null;
        target.complete(ctx, complete.hello(), bytes);
      }
      case ClientHelloReader.Result.Invalid invalid -> {
        seen = null;
        target.invalid(ctx, invalid.reason(), invalid.alert(), bytes);
      }
    }
  }

  private ByteBuf append(ChannelHandlerContext ctx, ByteBuf next) {
    ByteBuf before = seen;
    if (before == null) {
      return next;
    }
    seen = null;
    // A copy into one buffer that grows: a client that sends one byte a segment must not hold one
    // read buffer a byte.
    ByteBuf joined = before;
    if (before.writableBytes() < next.readableBytes()) {
      joined = ctx.alloc().buffer(2 * (before.readableBytes() + next.readableBytes()));
      joined.writeBytes(before);
      before.release();
    }
    joined.writeBytes(next);
    next.release();
    return joined;
  }

  private ByteBuf takeSeen(ChannelHandlerContext ctx) {
    ByteBuf taken = seen;
    seen = null;
    return taken == null ? ctx.alloc().buffer(0) : taken;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    target.left(ctx, takeSeen(ctx));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    target.left(ctx, takeSeen(ctx));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (seen != null) {
      seen.release();
      seen = null;
    }
  }
}
