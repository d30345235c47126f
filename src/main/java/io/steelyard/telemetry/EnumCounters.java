package io.steelyard.telemetry;

/** One counter per constant of an enum. */
final class EnumCounters<E extends Enum<E>> {

  private final E[] constants;
  private final LoopCounters counters;

  EnumCounters(Class<E> type, int loops) {
    this.constants = type.getEnumConstants();
    this.counters = new LoopCounters(loops, constants.length);
  }

  /** Counts one; on the event loop of that index only. */
  void increment(int loop, E constant) {
    counters.add(loop, constant.ordinal(), 1);
  }

  /** Counts one; any thread. */
  void increment(E constant) {
    counters.add(constant.ordinal(), 1);
  }

  /** Tells each constant and its count, zeros too. Any thread. */
  void forEach(Visitor<E> visitor) {
    for (E constant : constants) {
      visitor.visit(constant, counters.sum(constant.ordinal()));
    }
  }

  /** Is told of each count. */
  interface Visitor<E> {
    void visit(E constant, long count);
  }
}
