package io.steelyard.listener;

import io.steelyard.config.ListenerConfig.RateLimit;
import io.steelyard.flow.Refusal;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may become a flow under given settings, decided before any cryptography: access list, open
 * flows, rate. Called on every event loop at once; immutable but for the counters, which are atomic
 * and outlive the settings.
 */
final class Admission {

  private final ListenerSettings settings;
  private final @Nullable AccessList access;
  private final int maxConnections;
  private final Optional<RateLimit> limit;
  private final @Nullable NewFlowRate rate;
  private final OpenFlows openFlows;

  private Admission(ListenerSettings settings, @Nullable NewFlowRate rate, OpenFlows openFlows) {
    this.settings = settings;
    this.access = settings.access().orElse(null);
    this.maxConnections = settings.config().maxConnections();
    this.limit = settings.config().maxNewConnectionsPerSecond();
    this.rate = rate;
    this.openFlows = openFlows;
  }

  /** That of a listener's first settings. */
  static Admission first(ListenerSettings settings, OpenFlows openFlows) {
    NewFlowRate rate =
        settings
            .config()
            .maxNewConnectionsPerSecond()
            .map(limit -> new NewFlowRate(limit, System.nanoTime()))
            .orElse(null);
    return new Admission(settings, rate, openFlows);
  }

  /** That of the settings after these: what has been used of the rate stays used. */
  Admission next(ListenerSettings following) {
    Optional<RateLimit> nextLimit = following.config().maxNewConnectionsPerSecond();
    if (rate == null || nextLimit.isEmpty()) {
      return first(following, openFlows);
    }
    NewFlowRate kept =
        nextLimit.equals(limit) ? rate : rate.retuned(nextLimit.get(), System.nanoTime());
    return new Admission(following, kept, openFlows);
  }

  ListenerSettings settings() {
    return settings;
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
