package io.steelyard.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * 1 KiB exchanges over kept connections that are due at fixed times, whether the balancer keeps up
 * or not: an open loop. A latency begins when the exchange was due, so that a stall counts for all
 * that it delays (no coordinated omission).
 */
final class FixedRateLoad implements Load {

  private static final int CONNECTIONS = 64;
  private static final Duration SETTLING = Duration.ofMillis(400);

  private final Clients clients;
  private final double rate;

  /**
   * @param rate exchanges a second
   */
  FixedRateLoad(Clients clients, double rate) {
    this.clients = clients;
    this.rate = rate;
  }

  @Override
  public Outcome run(Target target, Duration window) {
    Tally tally = new Tally();
    Schedule schedule = new Schedule(clients.loop(), tally, TimeUnit.SECONDS.toNanos(1) / rate);
    Bootstrap bootstrap =
        clients.of(
            target,
            false,
            () -> Certificates.NAME,
            () -> new KeptClient(target.tls(), schedule::ready, schedule::lost));
    for (int number = 0; number < CONNECTIONS; number++) {
      bootstrap.connect();
    }
    Pause.of(SETTLING);
    clients.loop().execute(schedule::begin);
    Pause.of(SETTLING);
    try {
      return tally.over(window, target.balancer());
    } finally {
      clients.loop().submit(schedule::end).awaitUninterruptibly();
    }
  }

  /** What is due, and who is free for it; on its event loop. */
  private static final class Schedule {

    private final EventLoop loop;
    private final Tally tally;
    private final double intervalNanos;
    private final Deque<KeptClient> free = new ArrayDeque<>();
    private final Deque<Long> late = new ArrayDeque<>();
    private final List<KeptClient> all = new ArrayList<>();
    private long firstNanos;
    private long sent;
    private boolean ended;

    Schedule(EventLoop loop, Tally tally, double intervalNanos) {
      this.loop = loop;
      this.tally = tally;
      this.intervalNanos = intervalNanos;
    }

    void begin() {
      firstNanos = System.nanoTime();
      tick();
    }

    private void tick() {
      if (ended) {
        return;
      }
      long now = System.nanoTime();
      long due = due();
      for (; due <= now; due = due()) {
        sent++;
        KeptClient client = free.poll();
        if (client == null) {
          late.add(due);
        } else {
          ask(client, due);
        }
      }
      loop.schedule(this::tick, due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private long due() {
      return firstNanos + (long) (sent * intervalNanos);
    }

    private static void ask(KeptClient client, long dueNanos) {
      client.startNanos = dueNanos;
      client.ask();
    }

    void ready(KeptClient client) {
      if (client.startNanos == 0) {
        all.add(client);
      } else {
        tally.done(client.startNanos);
      }
      Long waiting = late.poll();
      if (waiting == null) {
        free.add(client);
      } else {
        ask(client, waiting);
      }
    }

    void lost(KeptClient client) {
      free.remove(client);
      if (!ended) {
        tally.failed();
      }
    }

    void end() {
      ended = true;
      all.forEach(KeptClient::close);
    }
  }
}
