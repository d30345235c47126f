package io.steelyard.health;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.Method;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Single probes for tests. */
final class Probing {

  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private Probing() {}

  /** A check with defaults otherwise. */
  static HealthCheckConfig check(Type type, Duration timeout) {
    return new HealthCheckConfig(
        type,
        OptionalInt.empty(),
        timeout,
        INTERVAL,
        3,
        3,
        Method.GET,
        "/",
        Optional.empty(),
        List.of(StatusRange.DEFAULT));
  }

  static BackendConfig backend(int port) {
    return new BackendConfig("127.0.0.1:" + port, "127.0.0.1", port, 100, State.READY, 0);
  }

  static Prober prober(Vertx vertx, ProbePlan plan) {
    ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    int timeoutMillis = (int) plan.check().timeout().toMillis();
    NetClient client =
        vertx.createNetClient(new NetClientOptions().setConnectTimeout(timeoutMillis));
    return new Prober(context, client, plan);
  }

  /**
   * Probes that port of 127.0.0.1 once; returns when the probe has ended, which is after its
   * outcome.
   */
  static ProbeOutcome probe(Vertx vertx, ProbePlan plan, int port) {
    return probe(prober(vertx, plan), port);
  }

  static ProbeOutcome probe(Prober prober, int port) {
    CompletableFuture<ProbeOutcome> outcome = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    prober
        .context()
        .runOnContext(
            v -> {
              Probe probe = prober.probe(backend(port));
              probe.outcome().onSuccess(outcome::complete);
              probe.ended().onSuccess(ended::complete);
            });
    ended.orTimeout(20, TimeUnit.SECONDS).join();
    return outcome.orTimeout(1, TimeUnit.SECONDS).join();
  }
}
