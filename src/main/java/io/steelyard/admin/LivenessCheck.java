package io.steelyard.admin;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.steelyard.control.Controller;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive as long as every event loop answers; never depends on backends. */
@Liveness
@Singleton
final class LivenessCheck implements AsyncHealthCheck {

  /**
   * A loop that is busy for longer serves nobody. Below the second that probes of orchestrators
   * wait by default.
   */
  private static final Duration DEADLINE = Duration.ofMillis(800);

  private final Controller controller;

  LivenessCheck(Controller controller) {
    this.controller = controller;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    return Uni.createFrom()
        .completionStage(() -> controller.silentLoops(DEADLINE))
        .map(LivenessCheck::response);
  }

  private static HealthCheckResponse response(List<Integer> silent) {
    return HealthCheckResponse.named("event-loops")
        .status(silent.isEmpty())
        .withData("silent", silent.toString())
        .build();
  }
}
