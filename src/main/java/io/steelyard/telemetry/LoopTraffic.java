package io.steelyard.telemetry;

import io.steelyard.flow.Traffic;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The traffic cells of one listener or backend, one per event loop, made on first use. Any thread.
 */
final class LoopTraffic {

  private final AtomicReferenceArray<Traffic> cells;

  LoopTraffic(int loops) {
    this.cells = new AtomicReferenceArray<>(loops);
  }

  /** The cell of that event loop. */
  Traffic of(int loop) {
    Traffic cell = cells.get(loop);
    if (cell != null) {
      return cell;
    }
    Traffic fresh = new Traffic();
    Traffic witness = cells.compareAndExchange(loop, null, fresh);
    return witness == null ? fresh : witness;
  }

  long receivedBytes() {
    long sum = 0;
    for (int i = 0; i < cells.length(); i++) {
      Traffic cell = cells.get(i);
      sum += cell == null ? 0 : cell.receivedBytes();
    }
    return sum;
  }

  long sentBytes() {
    long sum = 0;
    for (int i = 0; i < cells.length(); i++) {
      Traffic cell = cells.get(i);
      sum += cell == null ? 0 : cell.sentBytes();
    }
    return sum;
  }
}
