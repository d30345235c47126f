package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The channels behind Vert.x' servers, which it keeps to itself: found among those registered with
 * its acceptor. An accepted channel knows its parent too, but the first client may already be the
 * one there is no file descriptor for.
 */
final class ServerChannels {

  private ServerChannels() {}

  /**
   * Hands over the channel bound to that address, if there is one, on its event loop; then
   * completes.
   */
  static Future<Void> find(Vertx vertx, InetSocketAddress address, Consumer<Channel> found) {
    List<Future<Void>> looking = new ArrayList<>();
    for (EventExecutor acceptor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
      if (acceptor instanceof SingleThreadEventLoop loop) {
        Promise<Void> looked = Promise.promise();
        looking.add(looked.future());
        loop.execute(
            () -> {
              look(loop, address, found);
              looked.complete();
            });
      }
    }
    return Future.join(looking).mapEmpty();
  }

  private static void look(
      SingleThreadEventLoop loop, InetSocketAddress address, Consumer<Channel> found) {
    for (Iterator<Channel> all = loop.registeredChannelsIterator(); all.hasNext(); ) {
      Channel channel = all.next();
      if (channel instanceof ServerChannel && address.equals(channel.localAddress())) {
        found.accept(channel);
        return;
      }
    }
  }
}
