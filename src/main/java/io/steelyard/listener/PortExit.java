package io.steelyard.listener;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The way of one listening socket out of service, on which no client is lost. Confined to the
 * acceptor thread.
 */
final class PortExit {

  /**
   * From the moment no new client finds the socket to its end: for the last round trip of those in
   * the middle of TCP's handshake, which few paths on earth are slower than.
   */
  private static final long LAST_HANDSHAKES_MILLIS = 400;

  /** How often it is asked whether the accept queue is empty after that. */
  private static final long QUEUE_CHECK_MILLIS = 10;

  /** After so many the rest is given up: there are no descriptors to accept them with. */
  private static final int QUEUE_CHECKS = 100;

  private final Channel channel;
  private final ListenSocket socket;
  private final Steering steering;
  private boolean steered;

  /**
   * An exit that has not begun.
   *
   * @param accepted how many clients have been accepted so far
   */
  PortExit(Channel channel, LongSupplier accepted) {
    this.channel = channel;
    this.socket = new ListenSocket(channel);
    this.steering = new Steering(socket, channel.eventLoop(), accepted);
  }

  /** New clients go to other sockets of the group, if there are any. Idempotent. */
  void steerAway() {
    if (!steered) {
      steered = true;
      steering.begin();
    }
  }

  /** No new client comes; those that the kernel has let in are accepted; then it is closed. */
  void leave() {
    steerAway();
    socket.hide();
    later(LAST_HANDSHAKES_MILLIS, () -> closeWhenEmpty(QUEUE_CHECKS));
  }

  private void closeWhenEmpty(int checksLeft) {
    if (checksLeft == 0 || socket.waiting() == 0) {
      channel.close();
      return;
    }
    later(QUEUE_CHECK_MILLIS, () -> closeWhenEmpty(checksLeft - 1));
  }

  private void later(long millis, Runnable step) {
    channel.eventLoop().schedule(step, millis, TimeUnit.MILLISECONDS);
  }
}
