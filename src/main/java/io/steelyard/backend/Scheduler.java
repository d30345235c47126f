package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig.SchedulerType;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among the candidates of one roster; a change of roster makes a new one. Everything,
 * construction included, happens under the flow lock of the group.
 */
interface Scheduler {

  /** The algorithm of that name over the roster's candidates. */
  static Scheduler of(SchedulerType type, Roster roster) {
    return switch (type) {
      case WEIGHTED_ROUND_ROBIN -> new RoundRobin(roster, true);
      case ROUND_ROBIN -> new RoundRobin(roster, false);
      case WEIGHTED_LEAST_CONNECTIONS -> new LeastConnections(roster);
      case SOURCE_IP_HASH -> new SourceIpHash(roster);
    };
  }

  /** A candidate that is not full and not excluded; null where there is none. Does not count it. */
  @Nullable Backend choose(LeaseRequest request);

  /** What {@link #choose} would give now, found without a trace: nobody loses a turn. */
  @Nullable Backend peek(LeaseRequest request);

  /** The backend's number of leases has changed by one. It need not be a candidate. */
  void countChanged(Backend backend);
}
