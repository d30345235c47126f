package io.steelyard.testkit;

import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.Refusal;
import io.steelyard.flow.Traffic;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps everything it is told. */
public final class RecordingObserver implements FlowObserver {

  public final List<Flow> accepted;
  public final List<Flow> ended;
  public final List<Flow> handshakes;
  public final List<Refusal> refusals;
  public final List<ConnectFailure> connectFailures;
  public final List<String> retriedOn;
  public final List<Traffic> clientTraffic;
  public final List<Traffic> backendTraffic;

  /** Nothing yet. */
  public RecordingObserver() {
    this(
        new Lists(
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new CopyOnWriteArrayList<>()));
  }

  /** Is told nothing: these lists know. */
  RecordingObserver(Lists lists) {
    accepted = lists.accepted;
    ended = lists.ended;
    handshakes = lists.handshakes;
    refusals = lists.refusals;
    connectFailures = lists.connectFailures;
    retriedOn = lists.retriedOn;
    clientTraffic = lists.clientTraffic;
    backendTraffic = lists.backendTraffic;
  }

  /** One list for each thing that is told. */
  record Lists(
      List<Flow> accepted,
      List<Flow> ended,
      List<Flow> handshakes,
      List<Refusal> refusals,
      List<ConnectFailure> connectFailures,
      List<String> retriedOn,
      List<Traffic> clientTraffic,
      List<Traffic> backendTraffic) {}

  @Override
  public Traffic accepted(Flow flow) {
    accepted.add(flow);
    Traffic traffic = new Traffic();
    clientTraffic.add(traffic);
    return traffic;
  }

  @Override
  public void refused(String listener, Refusal reason) {
    refusals.add(reason);
  }

  @Override
  public void handshakeDone(Flow flow) {
    handshakes.add(flow);
  }

  @Override
  public void connectFailed(Flow flow, ConnectFailure reason) {
    connectFailures.add(reason);
  }

  @Override
  public void retried(Flow flow) {
    retriedOn.add(String.valueOf(flow.backend()));
  }

  @Override
  public Traffic connected(Flow flow, long connectNanos) {
    Traffic traffic = new Traffic();
    backendTraffic.add(traffic);
    return traffic;
  }

  @Override
  public void ended(Flow flow) {
    ended.add(flow);
  }

  /** Waits until that many flows have ended. */
  public void awaitEnded(int count) {
    Patience.await().until(() -> ended.size() >= count);
  }

  /** Waits for the first end and returns it. */
  public FlowEnd awaitEnd() {
    awaitEnded(1);
    return ended.getFirst().ended();
  }

  /** Waits for the first failed handshake and returns why. */
  public HandshakeFailure awaitHandshakeFailure() {
    awaitEnded(1);
    return ended.getFirst().handshakeFailure();
  }
}
