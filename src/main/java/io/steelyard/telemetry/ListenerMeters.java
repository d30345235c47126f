package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.Refusal;
import io.steelyard.flow.TlsFacts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one listener. Any thread. */
final class ListenerMeters {

  final LongAdder accepted = new LongAdder();
  final EnumCounters<Refusal> refused = new EnumCounters<>(Refusal.class);
  final EnumCounters<FlowEnd> ended = new EnumCounters<>(FlowEnd.class);
  final EnumCounters<HandshakeFailure> handshakeFailures =
      new EnumCounters<>(HandshakeFailure.class);
  final DurationHistogram duration = new DurationHistogram(DurationHistogram.LONG_SECONDS);
  final DurationHistogram handshakeDuration =
      new DurationHistogram(DurationHistogram.SHORT_SECONDS);
  final LoopTraffic traffic;

  /** What was negotiated; bounded by what the engine can negotiate. */
  final Map<Negotiated, LongAdder> negotiated = new ConcurrentHashMap<>();

  ListenerMeters(int loops) {
    this.traffic = new LoopTraffic(loops);
  }

  void handshakeDone(Flow flow, TlsFacts facts) {
    handshakeDuration.record(flow.handshakeDoneNanos() - flow.acceptedNanos());
    Negotiated key =
        new Negotiated(facts.version(), facts.cipher(), facts.group(), facts.resumed());
    negotiated.computeIfAbsent(key, k -> new LongAdder()).increment();
  }

  void ended(Flow flow, FlowEnd how) {
    HandshakeFailure failure = flow.handshakeFailure();
    if (failure != null) {
      handshakeFailures.increment(failure);
    }
    ended.increment(how);
    duration.record(flow.endedNanos() - flow.acceptedNanos());
  }

  /** What one handshake agreed on. */
  record Negotiated(String version, String cipher, String group, boolean resumed) {}
}
