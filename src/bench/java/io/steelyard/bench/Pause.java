package io.steelyard.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Time that a measurement lets pass: a window of load, a settling of memory. */
final class Pause {

  private Pause() {}

  static void of(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("interrupted");
      }
    }
  }
}
