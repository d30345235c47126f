package io.steelyard.listener;

import io.netty.channel.EventLoop;
import io.steelyard.listener.Loops.Loop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * The way of a port's listening sockets out of service, on which no client is lost. Confined to the
 * event loop of the first of them; its methods may be called on any thread.
 */
final class PortExit {

  /* Where other sockets are bound to the same address and port, they are in one reuseport group with ours: clients are
   * steered to them. A group gives clients to hidden sockets, too, and the answer to their SYN is lost; so ours are only
   * hidden where there are no others, one after the other, with clients steered to the one that is hidden last: places
   * are known then.
   *
   * Places shift when a socket leaves: the last takes the free place. The place that clients are steered to must hold
   * a socket of the others all the while that ours are closed. Ours, in the order they were bound, have places 0 to
   * own-1 and the others' those behind (where that is not so, the quiet that is waited for tells).
   *
   * - Others at least as many: place `own` is theirs until the last of ours is closed. Before that it is raised to the
   *   others' number, so that it does not exist any more afterwards, and the kernel spreads clients over all of theirs.
   * - Fewer: place `own` would be gone too early. With our socket at place 0 closed, one of theirs takes that place, and
   *   keeps it. (Clients stay with that one, whose process hands them on.) */

  /**
   * From the moment no new client finds the sockets to their end: for the last round trip of those
   * in the middle of TCP's handshake, which few paths on earth are slower than.
   */
  private static final long LAST_HANDSHAKES_MILLIS = 400;

  /** After so many in which clients still came, they are not waited out any more. */
  private static final int ROUNDS = 10;

  private final Vertx vertx;
  private final EventLoop thread;
  private final List<Acceptor> acceptors;
  private final Steering steering;
  private boolean steered;

  /** An exit that has not begun. */
  PortExit(Vertx vertx, Loop first, List<Acceptor> acceptors) {
    this.vertx = vertx;
    this.thread = first.eventLoop();
    this.acceptors = acceptors;
    this.steering = new Steering(thread, acceptors);
  }

  /**
   * The sockets have joined those of another process, and leave the clients with the one that was
   * bound first.
   */
  void joined() {
    acceptors.getFirst().steerTo(Steering.ELDEST);
    thread.execute(steering::joined);
  }

  /** New clients go to other sockets of the group, if there are any. Idempotent. */
  void steerAway() {
    thread.execute(this::steer);
  }

  private void steer() {
    if (!steered) {
      steered = true;
      steering.begin();
    }
  }

  /** No new client comes; those that the kernel has let in are accepted; then all is closed. */
  void leave(InetSocketAddress address) {
    thread.execute(
        () -> {
          steer();
          countOthers(address, others -> proceed(address, others));
        });
  }

  private void proceed(InetSocketAddress address, int others) {
    if (others == 0) {
      hide(() -> whenQuiet(ROUNDS, () -> countOthers(address, this::close)));
      return;
    }
    whenQuiet(
        ROUNDS,
        () ->
            countOthers(
                address,
                left -> {
                  if (left == 0) {
                    proceed(address, 0);
                  } else {
                    close(left);
                  }
                }));
  }

  private void hide(Runnable next) {
    int last = acceptors.size() - 1;
    steering.hold(last);
    Future<Void> hidden = Future.succeededFuture();
    for (Acceptor acceptor : acceptors) {
      hidden = hidden.compose(before -> acceptor.hide());
    }
    hidden.onComplete(
        done ->
            thread.execute(
                () -> {
                  // Where those that are bound from now on will be.
                  steering.to(acceptors.size());
                  next.run();
                }));
  }

  private void whenQuiet(int roundsLeft, Runnable next) {
    thread.execute(
        () -> {
          long before = steering.accepted();
          thread.schedule(
              () -> {
                if (steering.accepted() == before || roundsLeft == 1) {
                  next.run();
                } else {
                  whenQuiet(roundsLeft - 1, next);
                }
              },
              LAST_HANDSHAKES_MILLIS,
              TimeUnit.MILLISECONDS);
        });
  }

  private void countOthers(InetSocketAddress address, IntConsumer next) {
    int own = (int) acceptors.stream().filter(Acceptor::isOpen).count();
    vertx
        .executeBlocking(() -> ReuseportGroup.size(address) - own, false)
        .otherwise(0)
        .onSuccess(others -> thread.execute(() -> next.accept(Math.max(0, others))));
  }

  private void close(int others) {
    int own = acceptors.size();
    if (others > 0 && others < own) {
      acceptors
          .getFirst()
          .closeWhenEmpty()
          .onComplete(
              closed ->
                  thread.execute(
                      () -> {
                        steering.to(Steering.ELDEST);
                        whenQuiet(ROUNDS, () -> closeDown(own - 1, 1, others));
                      }));
      return;
    }
    closeDown(own - 1, 0, Math.max(own, others));
  }

  /** From one index down to another. */
  private void closeDown(int index, int downTo, int others) {
    Acceptor acceptor = acceptors.get(index);
    if (index > downTo) {
      acceptor
          .closeWhenEmpty()
          .onComplete(closed -> thread.execute(() -> closeDown(index - 1, downTo, others)));
      return;
    }
    if (steering.place() == acceptors.size()) {
      acceptor.steerTo(others).onComplete(steered -> acceptor.closeWhenEmpty());
    } else {
      acceptor.closeWhenEmpty();
    }
  }
}
