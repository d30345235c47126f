package io.steelyard.relay;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;

/** The ways to close a socket so that its peer sees what happened. */
public final class Endings {

  private Endings() {}

  /**
   * Closes with a RST (SO_LINGER 0, RFC 9293 §3.10.4) at once. Goes past the pipeline: SslHandler
   * would put a close_notify before it, which is a promise that nothing was cut.
   */
  public static void reset(Channel channel) {
    if (!channel.isOpen()) {
      return;
    }
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.unsafe().close(channel.voidPromise());
  }
}
