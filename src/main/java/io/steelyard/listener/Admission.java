package io.steelyard.listener;

import io.steelyard.config.ListenerConfig;
import io.steelyard.flow.Refusal;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may become a flow, decided before any cryptography: access list, open flows, rate. Called on
 * every event loop at once; immutable but for the counters, which are atomic.
 */
final class Admission {

  private final @Nullable AccessList access;
  private final int maxConnections;
  private final @Nullable NewFlowRate rate;
  private final OpenFlows openFlows;

  Admission(ListenerConfig config, Optional<AccessList> access, OpenFlows openFlows) {
    this.access = access.orElse(null);
    this.maxConnections = config.maxConnections();
    this.rate =
        config
            .maxNewConnectionsPerSecond()
            .map(limit -> new NewFlowRate(limit, System.nanoTime()))
            .orElse(null);
    this.openFlows = openFlows;
  }

  /**
   * Admits a client and counts it as open, or says why not.
   *
   * @return null where it is admitted: then {@link OpenFlows#closed} must follow, once
   */
  @Nullable Refusal admit(InetAddress client) {
    if (access != null && !access.permits(client)) {
      return Refusal.ACCESS;
    }
    Refusal refusal = openFlows.tryOpen(maxConnections);
    if (refusal != null) {
      return refusal;
    }
    // Last, so that a client refused for another reason takes nothing from the rate.
    if (rate != null && !rate.tryStart(System.nanoTime())) {
      openFlows.closed();
      return Refusal.RATE;
    }
    return null;
  }
}
