package io.steelyard.relay;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import java.util.concurrent.TimeUnit;

/**
 * What the kernel does with bytes after it has taken them from us. Its send buffer holds megabytes,
 * and tells that it has room only when a third of it is free: a slow peer can be served for minutes
 * without any event that we would see.
 */
final class Delivery {

  private Delivery() {}

  /**
   * How long the peer has been sent nothing or has acknowledged nothing, whichever is longer. A
   * closed window is probed and the probes are acknowledged, but no data is sent; a dead peer is
   * sent data again and again, but acknowledges none. tcp_info of Linux (tcp(7), TCP_INFO).
   *
   * @return {@link Long#MAX_VALUE} where the transport does not tell
   */
  static long silentNanos(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) {
      return Long.MAX_VALUE;
    }
    EpollTcpInfo info = socket.tcpInfo();
    return TimeUnit.MILLISECONDS.toNanos(Math.max(info.lastDataSent(), info.lastAckRecv()));
  }
}
