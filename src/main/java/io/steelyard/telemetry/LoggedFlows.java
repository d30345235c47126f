package io.steelyard.telemetry;

import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.flow.Traffic;
import java.util.function.LongSupplier;

/** Counts every flow, and has its end written to the access log. */
public final class LoggedFlows implements FlowObserver {

  private final Meters meters;
  private final AccessLog log;
  private final LongSupplier revision;

  /**
   * @param revision the number of the revision in force
   */
  public LoggedFlows(Meters meters, AccessLog log, LongSupplier revision) {
    this.meters = meters;
    this.log = log;
    this.revision = revision;
  }

  @Override
  public Traffic accepted(Flow flow) {
    flow.acceptedUnder(revision.getAsLong());
    return meters.accepted(flow);
  }

  @Override
  public void refused(String listener, Refusal reason) {
    meters.refused(listener, reason);
  }

  @Override
  public void handshakeDone(Flow flow) {
    meters.handshakeDone(flow);
  }

  @Override
  public void connectFailed(Flow flow, ConnectFailure reason) {
    meters.connectFailed(flow, reason);
  }

  @Override
  public void retried(Flow flow) {
    meters.retried(flow);
  }

  @Override
  public Traffic connected(Flow flow, long connectNanos) {
    return meters.connected(flow, connectNanos);
  }

  @Override
  public void ended(Flow flow) {
    meters.ended(flow);
    log.ended(flow);
  }
}
