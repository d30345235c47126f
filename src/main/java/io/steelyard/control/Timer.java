package io.steelyard.control;

import io.vertx.core.Vertx;
import java.time.Duration;

/** What the control plane knows of time, so that tests can turn the hands themselves. */
public interface Timer {

  /** Monotonic time in nanoseconds, as {@link System#nanoTime}. */
  long nanoTime();

  /** Runs the task once after the delay, on a thread that may not block. */
  void after(Duration delay, Runnable task);

  /** Vert.x timers. */
  static Timer of(Vertx vertx) {
    return new Timer() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public void after(Duration delay, Runnable task) {
        // Vert.x refuses timers of less than a millisecond.
        vertx.setTimer(Math.max(1, delay.toMillis()), id -> task.run());
      }
    };
  }
}
