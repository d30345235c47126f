package io.steelyard.telemetry;

import io.steelyard.flow.TlsFacts;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Completed handshakes of one listener by what they agreed on: a short list for every event loop,
 * bounded by what the engine can negotiate, and written by that loop only.
 */
final class NegotiatedCounters {

  private final AtomicReferenceArray<Cell @Nullable []> byLoop;

  NegotiatedCounters(int loops) {
    this.byLoop = new AtomicReferenceArray<>(loops);
  }

  /** What one handshake agreed on. */
  record Negotiated(String version, String cipher, String group, boolean resumed) {}

  /** Counts one; on the event loop of that index only. */
  void increment(int loop, TlsFacts facts) {
    Cell[] cells = byLoop.get(loop);
    if (cells != null) {
      for (Cell cell : cells) {
        if (cell.isOf(facts)) {
          cell.increment();
          return;
        }
      }
    }
    Cell fresh =
        new Cell(new Negotiated(facts.version(), facts.cipher(), facts.group(), facts.resumed()));
    fresh.increment();
    Cell[] more = cells == null ? new Cell[1] : Arrays.copyOf(cells, cells.length + 1);
    more[more.length - 1] = fresh;
    byLoop.set(loop, more);
  }

  /** How many of each there were so far. Any thread. */
  Map<Negotiated, Long> sums() {
    Map<Negotiated, Long> sums = new HashMap<>();
    for (int loop = 0; loop < byLoop.length(); loop++) {
      Cell[] cells = byLoop.get(loop);
      if (cells != null) {
        for (Cell cell : cells) {
          sums.merge(cell.what, cell.count(), Long::sum);
        }
      }
    }
    return sums;
  }

  private static final class Cell {

    private static final VarHandle COUNT;

    static {
      try {
        COUNT = MethodHandles.lookup().findVarHandle(Cell.class, "count", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final Negotiated what;
    private long count;

    Cell(Negotiated what) {
      this.what = what;
    }

    boolean isOf(TlsFacts facts) {
      return what.resumed == facts.resumed()
          && what.cipher.equals(facts.cipher())
          && what.group.equals(facts.group())
          && what.version.equals(facts.version());
    }

    void increment() {
      COUNT.setOpaque(this, count + 1);
    }

    long count() {
      return (long) COUNT.getOpaque(this);
    }
  }
}
