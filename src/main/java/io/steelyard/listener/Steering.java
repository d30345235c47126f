package io.steelyard.listener;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the new clients of a port's listening sockets with the other sockets of their reuseport
 * group, for as long as one of them is open. Confined to one event loop.
 */
final class Steering {

  /* Which places our sockets have in their group cannot be asked. Where an old and a new process overlap, the old one's
   * have 0 to own-1, and the new one's follow. Where there are more, places have shifted: so it is watched whether
   * clients still come, and if so another place is tried. Alone in its group it goes round and round and accepts
   * everything. */

  /** The place of the socket that was bound first of its group, as long as that is open. */
  static final int ELDEST = 0;

  /**
   * Three times the sockets of one port are more than overlap while one process follows another.
   */
  private static final int TURNS = 3;

  /**
   * For clients that were on their way to these sockets when the place was chosen, and then for
   * watching what comes.
   */
  private static final long STEP_MILLIS = 400;

  private final EventLoop thread;
  private final List<Acceptor> acceptors;
  private int place;
  private boolean held;
  private boolean joined;

  Steering(EventLoop thread, List<Acceptor> acceptors) {
    this.thread = thread;
    this.acceptors = acceptors;
    this.place = acceptors.size();
  }

  /** Clients were left with those that were there. */
  void joined() {
    joined = true;
  }

  void begin() {
    boolean stillTheirs = joined && accepted() == 0;
    to(stillTheirs ? ELDEST : acceptors.size());
    later(this::watch);
  }

  /** Steers to that place, whoever comes, until told otherwise. */
  void hold(int chosen) {
    to(chosen);
    held = true;
  }

  /** Steers to that place from now on, unless clients still come. */
  void to(int chosen) {
    held = false;
    place = chosen;
    acceptors.stream()
        .filter(Acceptor::isOpen)
        .findFirst()
        .ifPresent(acceptor -> acceptor.steerTo(chosen));
  }

  int place() {
    return place;
  }

  /** How many clients have been accepted so far. */
  long accepted() {
    return acceptors.stream().mapToLong(Acceptor::accepted).sum();
  }

  private void watch() {
    long before = accepted();
    later(
        () -> {
          if (accepted() > before && !held) {
            to((place + acceptors.size()) % (TURNS * acceptors.size()));
            later(this::watch);
            return;
          }
          watch();
        });
  }

  private void later(Runnable step) {
    if (acceptors.stream().anyMatch(Acceptor::isOpen)) {
      thread.schedule(step, STEP_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
