package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.steelyard.wire.ServerHelloReader;
import java.util.OptionalInt;

/**
 * Sits in front of Netty's TLS handler during a handshake and reads the negotiated group out of our
 * own first flight, which is plaintext: tcnative has no getter for it. Leaves the pipeline when the
 * handshake is done.
 */
final class GroupWatch extends ChannelOutboundHandlerAdapter {

  private OptionalInt group = OptionalInt.empty();

  OptionalInt group() {
    return group;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (group.isEmpty() && message instanceof ByteBuf records) {
      group = ServerHelloReader.group(records);
    }
    ctx.write(message, promise);
  }
}
