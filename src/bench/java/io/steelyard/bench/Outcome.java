package io.steelyard.bench;

/**
 * What a load has seen in its window.
 *
 * @param operations those that were complete; a part of one where bytes are counted
 * @param failures those that were not answered as they should be
 * @param seconds the window as it was
 * @param cpuMicros processor time of the balancer in the window
 * @param latency of the operations
 */
record Outcome(
    double operations, long failures, double seconds, double cpuMicros, Latency latency) {

  double cpuMicrosPerOperation() {
    return cpuMicros / operations;
  }

  double operationsPerSecond() {
    return operations / seconds;
  }

  /** Percentiles in microseconds. */
  record Latency(double p50, double p99, double p999) {}
}
