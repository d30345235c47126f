package io.steelyard.admin;

import io.steelyard.control.Controller;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once the first revision has taken effect. */
@Startup
@Singleton
final class StartupCheck implements HealthCheck {

  private final Controller controller;

  StartupCheck(Controller controller) {
    this.controller = controller;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("first-revision")
        .status(controller.status().readiness().committed())
        .build();
  }
}
