package io.steelyard.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Some counters, each with a cell for every event loop and one for all other threads, which a
 * scrape sums. A loop counts without an atomic add: only it writes its cells, so that a plain read
 * and an opaque write are exact. Cells are made when a loop first counts.
 */
final class LoopCounters {

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  /** A cache line on either side, in longs: two loops' cells never share one. */
  private static final int PADDING = 8;

  private final int counters;
  private final AtomicReferenceArray<long[]> rows;

  LoopCounters(int loops, int counters) {
    this.counters = counters;
    this.rows = new AtomicReferenceArray<>(loops + 1);
  }

  /** Adds to a counter; on the event loop of that index only. */
  void add(int loop, int counter, long count) {
    long[] cells = row(loop);
    int at = PADDING + counter;
    CELL.setOpaque(cells, at, cells[at] + count);
  }

  /** Adds to a counter; any thread. */
  void add(int counter, long count) {
    CELL.getAndAdd(row(rows.length() - 1), PADDING + counter, count);
  }

  /** What was added to a counter so far; any thread. */
  long sum(int counter) {
    long sum = 0;
    for (int i = 0; i < rows.length(); i++) {
      long[] cells = rows.get(i);
      sum += cells == null ? 0 : (long) CELL.getOpaque(cells, PADDING + counter);
    }
    return sum;
  }

  private long[] row(int index) {
    long[] cells = rows.get(index);
    if (cells != null) {
      return cells;
    }
    long[] fresh = new long[counters + 2 * PADDING];
    long[] witness = rows.compareAndExchange(index, null, fresh);
    return witness == null ? fresh : witness;
  }
}
