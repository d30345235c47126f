package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.SingleThreadEventLoop;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.listener.Loops.Loop;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.testkit.RecordingObserver;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The ports of one process, with any number of event loops, and one listener to accept for. Two of
 * them are to the kernel what two processes are.
 */
final class PortScene implements AutoCloseable {

  final RecordingObserver observer = new RecordingObserver();
  final Vertx vertx;
  final Loops loops;
  final Ports ports;
  final Listener listener;
  private final GroupRuntime group;

  /**
   * Nothing is bound yet.
   *
   * @param takeover whether ports may be shared with another scene
   */
  PortScene(int loops, boolean takeover, ListenerConfig config, ServerGroupConfig group) {
    this(
        new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops),
        takeover,
        config,
        group);
  }

  PortScene(
      VertxOptions options, boolean takeover, ListenerConfig config, ServerGroupConfig group) {
    this.vertx = Vertx.vertx(options);
    this.loops = Loops.of(vertx, options.getEventLoopPoolSize());
    this.ports = new Ports(vertx, loops, observer, takeover);
    this.group = new GroupRuntime(new ServerGroup(group), group, Optional.empty());
    this.listener =
        new Listener(
            config.name(),
            loops,
            observer,
            ListenerSettings.of(config, Optional.empty(), Optional.empty(), name -> this.group));
  }

  BoundPort bind(int port) {
    return bind("127.0.0.1", port);
  }

  BoundPort bind(String address, int port) {
    return get(ports.bind(address, port, listener));
  }

  /** Clients open on each loop. */
  List<Integer> counts() {
    return loops.all().stream().map(loops.balance()::count).toList();
  }

  /** What is registered with the event loops and was accepted by a listening socket. */
  List<Channel> accepted() {
    return registered().stream().filter(channel -> channel.parent() != null).toList();
  }

  /** What is registered with the event loops. */
  List<Channel> registered() {
    List<Channel> found = new ArrayList<>();
    for (Loop loop : loops.all()) {
      found.addAll(
          CompletableFuture.supplyAsync(
                  () -> {
                    List<Channel> here = new ArrayList<>();
                    ((SingleThreadEventLoop) loop.eventLoop())
                        .registeredChannelsIterator()
                        .forEachRemaining(here::add);
                    return here;
                  },
                  loop.eventLoop())
              .join());
    }
    return found;
  }

  static <T> T get(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    listener.stopAccepting();
    get(ports.cut());
    group.release();
    get(vertx.close());
  }
}
