package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig.BackendConfig;

/**
 * One server address of a group. The operator's intent (ready, drain, maintenance; weight) and the probe health are two
 * facts and never one. Skeleton.
 */
public final class Backend {

  /** As written in the document. */
  public BackendConfig config() {
    throw new UnsupportedOperationException();
  }

  /** What probes have found. Any thread. */
  public ProbeHealth health() {
    throw new UnsupportedOperationException();
  }

  /** Leases held now. Any thread. */
  public int connections() {
    throw new UnsupportedOperationException();
  }

  /** Leases ever taken. Any thread. */
  public long connectionsTotal() {
    throw new UnsupportedOperationException();
  }

  /** The one state that status and metrics show: the first that applies of the enum's order. Any thread. */
  public BackendState state() {
    throw new UnsupportedOperationException();
  }

  /** The weight it is chosen by now: 0 unless it may take new flows by intent. Any thread. */
  public int effectiveWeight() {
    throw new UnsupportedOperationException();
  }
}
