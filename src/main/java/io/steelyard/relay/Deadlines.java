package io.steelyard.relay;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one event loop. Nearly every flow sets some of a few lengths (its listener's and
 * group's timeouts) and cancels them long before they are due. Those of one length fall due in the
 * order in which they were set, so each length has a list, and one timer of the loop for all of it:
 * setting and cancelling change some links, where a timer each would enter and leave the loop's
 * heap, and would change for when the loop asks to be woken. Confined to the loop.
 */
public final class Deadlines {

  private static final FastThreadLocal<Deadlines> OF_LOOP = new FastThreadLocal<>();

  private final EventLoop loop;
  private final List<Line> lines = new ArrayList<>();

  private Deadlines(EventLoop loop) {
    this.loop = loop;
  }

  /** Those of that loop. To be called on it. */
  public static Deadlines of(EventLoop loop) {
    Deadlines known = OF_LOOP.get();
    if (known != null && known.loop == loop) {
      return known;
    }
    if (!loop.inEventLoop()) {
      throw new IllegalStateException("deadlines are set on their own loop alone");
    }
    Deadlines made = new Deadlines(loop);
    OF_LOOP.set(made);
    return made;
  }

  /**
   * Runs the action in that time from now, not earlier, unless it is cancelled before.
   *
   * @param nanos one of few lengths: each has a list of its own
   */
  public Deadline in(long nanos, Runnable action) {
    Deadline deadline = new Deadline(action, System.nanoTime() + nanos);
    line(nanos).add(deadline);
    return deadline;
  }

  private Line line(long nanos) {
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (line.nanos == nanos) {
        return line;
      }
    }
    Line made = new Line(nanos);
    lines.add(made);
    return made;
  }

  /** How many lengths are kept track of. */
  int lengths() {
    return lines.size();
  }

  /** One action that is to run once, unless cancelled. Confined to its loop. */
  public static final class Deadline {

    private @Nullable Runnable action;
    private final long dueNanos;
    private @Nullable Deadline before;
    private @Nullable Deadline after;

    private Deadline(@Nullable Runnable action, long dueNanos) {
      this.action = action;
      this.dueNanos = dueNanos;
    }

    /** It will not run; does nothing where it has run, or runs. */
    public void cancel() {
      action = null;
      Deadline previous = before;
      Deadline next = after;
      if (previous != null && next != null) {
        previous.after = next;
        next.before = previous;
        before = null;
        after = null;
      }
    }
  }

  /** Deadlines of one length, the next due first. Its timer runs from the first to the last. */
  private final class Line implements Runnable {

    private final long nanos;
    private final Deadline ends = new Deadline(null, 0);
    private @Nullable ScheduledFuture<?> timer;

    Line(long nanos) {
      this.nanos = nanos;
      ends.before = ends;
      ends.after = ends;
    }

    void add(Deadline deadline) {
      Deadline last = Objects.requireNonNull(ends.before);
      deadline.before = last;
      deadline.after = ends;
      last.after = deadline;
      ends.before = deadline;
      if (timer == null) {
        timer = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public void run() {
      long now = System.nanoTime();
      try {
        Deadline first = Objects.requireNonNull(ends.after);
        while (first != ends && first.dueNanos - now <= 0) {
          Runnable due = first.action;
          first.cancel();
          if (due != null) {
            due.run();
          }
          first = Objects.requireNonNull(ends.after);
        }
      } finally {
        // Also where an action has thrown, which the loop logs: the others must not wait for ever.
        goOn(now);
      }
    }

    private void goOn(long now) {
      Deadline first = Objects.requireNonNull(ends.after);
      if (first == ends) {
        timer = null;
        lines.remove(this);
        return;
      }
      // Those that were due first may have been cancelled meanwhile: this was only a look.
      timer = loop.schedule(this, Math.max(first.dueNanos - now, 0), TimeUnit.NANOSECONDS);
    }
  }
}
