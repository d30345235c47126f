package io.steelyard.relay;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import java.io.IOException;

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
    close(channel);
  }

  /**
   * Closes at once, past the pipeline; what has not been written yet is dropped. The channel's
   * event loop.
   */
  static void close(Channel channel) {
    if (channel instanceof EpollSocketChannel socket && socket.isOpen()) {
      try {
        // Before Netty does: of a socket that is closed already it neither asks for SO_LINGER, nor
        // takes it out of epoll, which forgets a closed one by itself (epoll(7)).
        socket.fd().close();
      } catch (IOException late) {
        // Of writing what was sent before; there is nobody left to be told.
      }
    }
    channel.unsafe().close(channel.voidPromise());
  }
}
