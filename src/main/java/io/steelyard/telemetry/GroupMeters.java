package io.steelyard.telemetry;

import io.steelyard.flow.ConnectFailure;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one server group and its backends. Any thread. */
final class GroupMeters {

  final LongAdder retries = new LongAdder();
  final DurationHistogram connectDuration;
  final DurationHistogram probeDuration;
  private final Map<String, BackendMeters> backends = new ConcurrentHashMap<>();
  private final int loops;

  GroupMeters(int loops) {
    this.loops = loops;
    this.connectDuration = new DurationHistogram(DurationHistogram.SHORT_SECONDS, loops);
    this.probeDuration = new DurationHistogram(DurationHistogram.SHORT_SECONDS, loops);
  }

  /** The meters of that backend, made on first use. */
  BackendMeters backend(String address) {
    BackendMeters known = backends.get(address);
    return known != null
        ? known
        : backends.computeIfAbsent(address, key -> new BackendMeters(loops));
  }

  /** What is counted of one backend. */
  static final class BackendMeters {
    final EnumCounters<ConnectFailure> connectFailures;
    final LongAdder probesPassed = new LongAdder();
    final LongAdder probesFailed = new LongAdder();
    final LoopTraffic traffic;

    BackendMeters(int loops) {
      this.connectFailures = new EnumCounters<>(ConnectFailure.class, loops);
      this.traffic = new LoopTraffic(loops);
    }
  }
}
