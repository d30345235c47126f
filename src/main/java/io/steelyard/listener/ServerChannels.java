package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The channels behind Vert.x' servers, which it keeps to itself: found among those registered with
 * its acceptor. An accepted channel knows its parent too, but the first client may already be the
 * one there is no file descriptor for.
 */
final class ServerChannels {

  private ServerChannels() {}

  /**
   * Shows the channels bound to that address to the taker, on their event loop, until it has taken
   * one; fails where it takes none.
   */
  static Future<Void> find(Vertx vertx, InetSocketAddress address, Predicate<Channel> taker) {
    List<Future<Boolean>> looking = new ArrayList<>();
    for (EventExecutor acceptor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
      if (acceptor instanceof SingleThreadEventLoop loop) {
        Promise<Boolean> looked = Promise.promise();
        looking.add(looked.future());
        loop.execute(() -> looked.complete(look(loop, address, taker)));
      }
    }
    return Future.join(looking)
        .compose(
            all ->
                looking.stream().anyMatch(Future::result)
                    ? Future.succeededFuture()
                    : Future.failedFuture("no server channel is bound to " + address));
  }

  private static boolean look(
      SingleThreadEventLoop loop, InetSocketAddress address, Predicate<Channel> taker) {
    for (Iterator<Channel> all = loop.registeredChannelsIterator(); all.hasNext(); ) {
      Channel channel = all.next();
      if (channel instanceof ServerChannel
          && channel.localAddress() instanceof InetSocketAddress bound
          && isSame(bound, address)
          && taker.test(channel)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(InetSocketAddress bound, InetSocketAddress address) {
    InetAddress ip = bound.getAddress();
    // What the kernel calls the IPv4 wildcard of an IPv6 socket depends on the transport.
    boolean wildcards = ip.isAnyLocalAddress() && address.getAddress().isAnyLocalAddress();
    return bound.getPort() == address.getPort() && (wildcards || ip.equals(address.getAddress()));
  }
}
