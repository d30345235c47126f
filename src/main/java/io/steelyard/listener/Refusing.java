package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.relay.Endings;
import java.util.concurrent.TimeUnit;

/** Turns a client away that did not become a flow. */
final class Refusing {

  /** How long a client that is told by FIN may take to close; after that it is told by RST. */
  private static final long FIN_WAIT_SECONDS = 1;

  private Refusing() {}

  /** Closes a channel as the listener says. */
  static void refuse(Channel channel, OnLimit how) {
    switch (how) {
      case RESET -> Endings.reset(channel);
      case CLOSE -> finish(channel);
    }
  }

  /**
   * A FIN, then what the client sent is read away until it closes: closing with unread bytes would
   * turn the FIN into a RST (RFC 2525 §2.17).
   */
  private static void finish(Channel channel) {
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    channel.pipeline().addFirst(new Discard());
    channel.config().setAutoRead(true);
    channel.eventLoop().schedule(() -> Endings.reset(channel), FIN_WAIT_SECONDS, TimeUnit.SECONDS);
    if (channel.isActive()) {
      ((DuplexChannel) channel).shutdownOutput();
    }
  }

  private static final class Discard extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ((DuplexChannel) ctx.channel()).shutdownOutput();
      ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
