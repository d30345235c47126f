package io.steelyard.admin;

import io.steelyard.control.Controller;
import io.steelyard.control.Status;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready to be sent clients; all backends down does not change it. Shows each listener and group.
 */
@Readiness
@Singleton
final class ReadinessCheck implements HealthCheck {

  private final Controller controller;

  ReadinessCheck(Controller controller) {
    this.controller = controller;
  }

  @Override
  public HealthCheckResponse call() {
    Status status = controller.status();
    Status.Readiness readiness = status.readiness();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("steelyard")
            .status(readiness.isReady())
            .withData("committed", readiness.committed())
            .withData("bound", readiness.bound())
            .withData("probed", readiness.probed())
            .withData("draining", readiness.draining());
    status.revision().ifPresent(revision -> response.withData("revision", revision.number()));
    status.listeners().forEach(item -> response.withData("listener " + item.name(), shown(item)));
    status.groups().forEach(item -> response.withData("group " + item.name(), shown(item)));
    return response.build();
  }

  private static String shown(ListenerStatus listener) {
    if (!listener.enabled()) {
      return "disabled";
    }
    return (listener.accepting() ? "accepting" : "closed")
        + " on port "
        + listener.port()
        + ", open flows: "
        + listener.openFlows();
  }

  private static String shown(GroupStatus group) {
    return group.upBackends()
        + " of "
        + group.backends().size()
        + " backends up"
        + (group.failOpen() ? ", fail-open" : "");
  }
}
