package io.steelyard.bench;

/** What is measured; smaller is better of all but {@link #RATE}. */
enum Measure {
  CPU("CPU µs/op"),
  RATE("op/s"),
  P50("p50 µs"),
  P99("p99 µs"),
  P999("p99.9 µs"),
  RESIDENT("resident MiB"),
  FAILURES("failures"),
  FLOW_1K("KiB/flow at 1k"),
  FLOW_5K("KiB/flow at 5k"),
  FLOW_10K("KiB/flow at 10k"),
  START("start ms"),
  RELOAD("reload ms"),
  CPU_ONE("CPU µs/op at 1"),
  TIMES_ONE("many ÷ 1");

  private final String label;

  Measure(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
