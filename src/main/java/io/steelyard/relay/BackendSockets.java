package io.steelyard.relay;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoop;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/**
 * Makes the sockets towards backends, with as few system calls as Netty allows: TCP_NODELAY is on
 * by Netty's default, and TCP_QUICKACK is left as Linux has it (a socket that has it switched off
 * holds the last ACK of its TCP handshake back for 200 ms where we have nothing to send, and a
 * backend that speaks first would accept as late; tcp(7)).
 */
final class BackendSockets {

  private BackendSockets() {}

  /**
   * Begins to connect. To be called on that loop, on which the channel stays. Its pipeline is
   * empty, it reads as soon as it is connected, and no timeout runs: whoever closes it ends the
   * attempt. A channel whose connect has failed is still the caller's to close.
   *
   * @throws io.netty.channel.ChannelException where no socket is to be had, such as out of
   *     descriptors
   */
  static ChannelFuture connect(EventLoop loop, InetSocketAddress address) {
    if (loop.parent() instanceof EpollEventLoopGroup) {
      return connectEpoll(loop, address);
    }
    if (loop instanceof NioEventLoop) {
      NioSocketChannel channel = new NioSocketChannel();
      configure(channel);
      loop.register(channel);
      return channel.connect(address);
    }
    throw new IllegalStateException("no sockets for a loop of " + loop.getClass().getName());
  }

  /**
   * Connects before it registers: what is to be watched (that it is connected, and what comes then)
   * is so handed to epoll in one call, where it would be added and changed twice. It registers
   * behind the events that the loop is handling: one of them may be of a socket that was closed a
   * moment ago, and whose descriptor's number is this one's now.
   */
  private static ChannelFuture connectEpoll(EventLoop loop, InetSocketAddress address) {
    // A socket of IPv6 for a backend of IPv4 costs a call to make it speak both.
    EpollSocketChannel channel =
        address.getAddress() instanceof Inet4Address
            ? new EpollSocketChannel(InternetProtocolFamily.IPv4)
            : new EpollSocketChannel(InternetProtocolFamily.IPv6);
    // Not registered, it could not name the loop that tells its listeners.
    ChannelPromise connecting = new DefaultChannelPromise(channel, loop);
    boolean isUnderWay = false;
    try {
      configure(channel);
      channel.unsafe().connect(address, null, connecting);
      if (channel.isOpen()) {
        channel.unsafe().beginRead();
        loop.execute(() -> register(loop, channel));
      }
      isUnderWay = true;
      return connecting;
    } finally {
      if (!isUnderWay) {
        channel.unsafe().closeForcibly();
      }
    }
  }

  private static void register(EventLoop loop, EpollSocketChannel channel) {
    if (channel.isOpen()) {
      loop.register(channel);
    }
  }

  private static void configure(SocketChannel channel) {
    SocketChannelConfig config = channel.config();
    config
        .setKeepAlive(true)
        .setAllocator(PooledByteBufAllocator.DEFAULT)
        // The dial has its own deadline, which covers the TLS handshake, too.
        .setConnectTimeoutMillis(0);
    ReadBuffers.prepare(channel);
  }
}
