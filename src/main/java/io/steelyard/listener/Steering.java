package io.steelyard.listener;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps the new clients of one listening socket with the other sockets of its reuseport group, for
 * as long as it is open. Confined to the acceptor thread.
 */
final class Steering {

  /* Which place this socket has in its group cannot be asked. Where an old and a new process overlap, the old one has
   * 0 and the new one 1. Where there are more, places have shifted: so it is watched whether clients still come, and if
   * so the next place is tried. Alone in its group it goes round and round and accepts everything. */

  private static final int FIRST_PLACE = 1;

  /** Three sockets of one group are more than overlap while one process follows another. */
  private static final int PLACES = 3;

  /**
   * For clients that were on their way to this socket when the place was chosen, and then for
   * watching what comes.
   */
  private static final long STEP_MILLIS = 400;

  private final ListenSocket socket;
  private final EventLoop acceptor;
  private final LongSupplier accepted;
  private int place = FIRST_PLACE;

  Steering(ListenSocket socket, EventLoop acceptor, LongSupplier accepted) {
    this.socket = socket;
    this.acceptor = acceptor;
    this.accepted = accepted;
  }

  void begin() {
    socket.steerTo(place);
    later(this::watch);
  }

  private void watch() {
    long before = accepted.getAsLong();
    later(
        () -> {
          if (accepted.getAsLong() > before) {
            place = (place + 1) % PLACES;
            socket.steerTo(place);
            later(this::watch);
            return;
          }
          watch();
        });
  }

  private void later(Runnable step) {
    if (socket.isOpen()) {
      acceptor.schedule(step, STEP_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
