package io.steelyard.control;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/** One at a time, in the order they came. Any thread. */
final class Turns {

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;

  /** Begins the task when all before it are over, whatever became of them. */
  <T> Future<T> take(Supplier<Future<T>> task) {
    Promise<T> promise = Promise.promise();
    Runnable turn = () -> begin(task, promise);
    synchronized (waiting) {
      if (busy) {
        waiting.add(turn);
        return promise.future();
      }
      busy = true;
    }
    turn.run();
    return promise.future();
  }

  private <T> void begin(Supplier<Future<T>> task, Promise<T> promise) {
    Future<T> running;
    try {
      running = task.get();
    } catch (RuntimeException e) {
      running = Future.failedFuture(e);
    }
    running.onComplete(
        result -> {
          // The next one first: whoever hears of this result may ask for another turn and wait.
          next();
          promise.handle(result);
        });
  }

  private void next() {
    Runnable turn;
    synchronized (waiting) {
      turn = waiting.poll();
      busy = turn != null;
    }
    if (turn != null) {
      turn.run();
    }
  }
}
