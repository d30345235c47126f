package io.steelyard.relay;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannelConfig;

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
    ((SocketChannelConfig) channel.config()).setSoLinger(0);
    channel.unsafe().close(channel.voidPromise());
  }
}
