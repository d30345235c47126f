package io.steelyard.telemetry;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** One counter per constant of an enum. Any thread. */
final class EnumCounters<E extends Enum<E>> {

  private final E[] constants;
  private final LongAdder[] counters;

  EnumCounters(Class<E> type) {
    this.constants = type.getEnumConstants();
    this.counters = new LongAdder[constants.length];
    Arrays.setAll(counters, i -> new LongAdder());
  }

  void increment(E constant) {
    counters[constant.ordinal()].increment();
  }

  /** Tells each constant and its count, zeros too. */
  void forEach(Visitor<E> visitor) {
    for (E constant : constants) {
      visitor.visit(constant, counters[constant.ordinal()].sum());
    }
  }

  /** Is told of each count. */
  interface Visitor<E> {
    void visit(E constant, long count);
  }
}
