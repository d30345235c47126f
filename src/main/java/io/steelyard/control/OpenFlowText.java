package io.steelyard.control;

import io.steelyard.config.Durations;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import java.time.Duration;
import java.util.Optional;

/** What becomes of open flows, in words. */
final class OpenFlowText {

  private OpenFlowText() {}

  /** How the flows on a group's backends end. */
  static String drain(ServerGroupConfig group) {
    return "open flows " + times(group);
  }

  static String times(ServerGroupConfig group) {
    Duration timeout = group.drainTimeout();
    if (timeout.isZero()) {
      return "are closed at once";
    }
    Duration closing = new DrainTimes(Duration.ZERO, timeout, group.drainSpread()).closing();
    String within = "drain within " + Durations.text(timeout);
    return closing.isZero()
        ? within + ", what is left closed at the end"
        : within + ", closing spread over the last " + Durations.text(closing);
  }

  /** What a change of a backend does. */
  static String of(
      Optional<BackendConfig> before, Optional<BackendConfig> after, ServerGroupConfig group) {
    if (before.isEmpty()) {
      return "none yet; new flows once it is up";
    }
    if (after.isEmpty()) {
      return "no new flows at once; " + drain(group);
    }
    BackendConfig was = before.get();
    BackendConfig is = after.get();
    if (was.state() != is.state()) {
      return switch (is.state()) {
        case READY -> "takes new flows again; open flows stay";
        case DRAIN -> "no new flows at once; " + drain(group);
        case MAINTENANCE -> "no new flows at once and no probes; " + drain(group);
      };
    }
    return is.weight() == 0 && was.weight() != 0
        ? "no new flows at once; open flows stay"
        : "open flows stay; new flows by the new settings";
  }
}
