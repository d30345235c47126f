package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.Refusal;
import io.steelyard.flow.TlsFacts;
import java.util.Map;

/** What is counted of one listener: of a flow on the flow's own loop, read by any thread. */
final class ListenerMeters {

  final EnumCounters<Refusal> refused;
  final EnumCounters<FlowEnd> ended;
  final EnumCounters<HandshakeFailure> handshakeFailures;
  final DurationHistogram duration;
  final DurationHistogram handshakeDuration;
  final LoopTraffic traffic;
  private final LoopCounters accepted;
  private final NegotiatedCounters negotiated;

  ListenerMeters(int loops) {
    this.refused = new EnumCounters<>(Refusal.class, loops);
    this.ended = new EnumCounters<>(FlowEnd.class, loops);
    this.handshakeFailures = new EnumCounters<>(HandshakeFailure.class, loops);
    this.duration = new DurationHistogram(DurationHistogram.LONG_SECONDS, loops);
    this.handshakeDuration = new DurationHistogram(DurationHistogram.SHORT_SECONDS, loops);
    this.traffic = new LoopTraffic(loops);
    this.accepted = new LoopCounters(loops, 1);
    this.negotiated = new NegotiatedCounters(loops);
  }

  /** Counts a flow that was accepted on that loop. */
  void accepted(int loop) {
    accepted.add(loop, 0, 1);
  }

  /** How many were accepted so far. */
  long accepted() {
    return accepted.sum(0);
  }

  void handshakeDone(Flow flow, TlsFacts facts) {
    int loop = flow.loop();
    handshakeDuration.record(loop, flow.handshakeDoneNanos() - flow.acceptedNanos());
    negotiated.increment(loop, facts);
  }

  /** How many handshakes agreed on what, so far. */
  Map<NegotiatedCounters.Negotiated, Long> negotiated() {
    return negotiated.sums();
  }

  void ended(Flow flow, FlowEnd how) {
    int loop = flow.loop();
    HandshakeFailure failure = flow.handshakeFailure();
    if (failure != null) {
      handshakeFailures.increment(loop, failure);
    }
    ended.increment(loop, how);
    duration.record(loop, flow.endedNanos() - flow.acceptedNanos());
  }
}
