package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.BackendState;
import io.steelyard.backend.ServerGroup;
import java.util.List;
import java.util.Locale;

/** Why a group gives this backend, or none. */
final class BackendText {

  private BackendText() {}

  static String why(Backend chosen, String scheduler, ServerGroup group) {
    String state = chosen.state().name().toLowerCase(Locale.ROOT);
    String why =
        scheduler
            + " gives it next; "
            + state
            + ", weight "
            + chosen.effectiveWeight()
            + ", "
            + chosen.connections()
            + " flows";
    if (group.isFailOpen()) {
      return why + "; all are down, and the group fails open";
    }
    return chosen.state() == BackendState.STARTING ? why + "; none is up yet" : why;
  }

  static String whyNone(ServerGroup group) {
    List<Backend> eligible =
        group.backends().stream().filter(backend -> backend.effectiveWeight() > 0).toList();
    if (eligible.isEmpty()) {
      return "no backend is ready and has a weight";
    }
    if (!group.isFailOpen()
        && eligible.stream().allMatch(backend -> backend.state() == BackendState.DOWN)) {
      return "all backends are down";
    }
    return "every usable backend is at its max-connections; "
        + (group.config().queue().size() > 0
            ? group.waiting() + " flows wait, of " + group.config().queue().size()
            : "the group has no queue");
  }
}
