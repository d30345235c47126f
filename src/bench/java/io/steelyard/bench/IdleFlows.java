package io.steelyard.bench;

import io.netty.bootstrap.Bootstrap;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Connections that have had one exchange and are then left alone. */
final class IdleFlows implements AutoCloseable {

  private static final int AT_ONCE = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Clients clients;
  private final Bootstrap bootstrap;
  private final Queue<KeptClient> idle = new ConcurrentLinkedQueue<>();
  private final AtomicInteger wanted = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean ended;

  IdleFlows(Clients clients, Target target) {
    this.clients = clients;
    bootstrap =
        clients.of(
            target,
            false,
            () -> Certificates.NAME,
            () -> new KeptClient(target.tls(), this::ready, this::lost));
  }

  /** Opens more, until there are so many. */
  void grow(int count) {
    int more = count - idle.size();
    wanted.set(more);
    for (int number = 0; number < Math.min(AT_ONCE, more); number++) {
      next();
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (idle.size() < count) {
      if (System.nanoTime() > end || failures.get() > 0) {
        throw new IllegalStateException(
            "%d of %d idle flows, %d lost".formatted(idle.size(), count, failures.get()));
      }
      Pause.of(Duration.ofMillis(20));
    }
  }

  private void next() {
    if (wanted.getAndDecrement() > 0) {
      bootstrap
          .connect()
          .addListener(
              future -> {
                if (!future.isSuccess()) {
                  failures.incrementAndGet();
                }
              });
    }
  }

  private void ready(KeptClient client) {
    if (client.startNanos == 0) {
      client.startNanos = System.nanoTime();
      client.ask();
      return;
    }
    idle.add(client);
    next();
  }

  private void lost(KeptClient client) {
    if (!ended) {
      failures.incrementAndGet();
    }
  }

  @Override
  public void close() {
    ended = true;
    clients
        .loop()
        .submit(() -> idle.forEach(KeptClient::close))
        .awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
