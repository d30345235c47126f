package io.steelyard.testkit;

import io.steelyard.control.Timer;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A timer whose hands a test turns. One thread. */
public final class ManualTimer implements Timer {

  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(
          Comparator.comparingLong(Alarm::atNanos).thenComparingLong(Alarm::sequence));
  private long nowNanos;
  private long sequence;

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public void after(Duration delay, Runnable task) {
    alarms.add(new Alarm(nowNanos + delay.toNanos(), sequence++, task));
  }

  /** Lets that much time pass; what falls due runs at its own moment. */
  public void pass(Duration duration) {
    long untilNanos = nowNanos + duration.toNanos();
    while (!alarms.isEmpty() && alarms.peek().atNanos() <= untilNanos) {
      Alarm due = alarms.remove();
      nowNanos = due.atNanos();
      due.task().run();
    }
    nowNanos = untilNanos;
  }

  private record Alarm(long atNanos, long sequence, Runnable task) {}
}
