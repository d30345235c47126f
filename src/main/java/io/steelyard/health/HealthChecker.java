package io.steelyard.health;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.tls.BackendTls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.List;
import java.util.Optional;

/**
 * The health check of one server group, and the only writer of its backends' probe health. All
 * probes run on one Vert.x context with one client; the public methods may be called on any thread.
 * Mutable state is used on that context only.
 */
public final class HealthChecker {

  private final ContextInternal context;
  private final NetClient client;
  private final List<BackendCheck> checks;
  private final Promise<Void> firstResults = Promise.promise();

  /**
   * @param tls of the group; needed where it probes with tls or https
   * @throws IllegalStateException where it is needed and missing
   */
  public HealthChecker(
      Vertx vertx, ServerGroup group, Optional<BackendTls> tls, ProbeObserver observer) {
    // A context of its own: getOrCreateContext would put all groups started from one thread on one
    // event loop.
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    HealthCheckConfig check = group.config().healthCheck();
    this.client =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout(Math.toIntExact(check.timeout().toMillis())));
    Prober prober = new Prober(context, client, ProbePlan.of(group.config(), tls));
    ShortageLog shortages = new ShortageLog();
    List<Backend> probed = check.type() == Type.NONE ? List.of() : group.backends();
    this.checks =
        probed.stream().map(b -> new BackendCheck(prober, group, b, observer, shortages)).toList();
  }

  /** Starts the timers. Called once. */
  public void start() {
    context.runOnContext(
        v -> {
          checks.forEach(BackendCheck::start);
          Future.join(checks.stream().map(BackendCheck::first).toList())
              .onComplete(all -> firstResults.tryComplete());
        });
  }

  /**
   * Completes when every backend that is probed has its first result, or its first probe could not
   * be carried out. A backend in maintenance is not waited for. Never fails; after {@link #stop()}
   * it completes at once.
   */
  public Future<Void> firstResults() {
    return firstResults.future();
  }

  /**
   * Ends the timers and the open probes; nothing is published after it.
   *
   * @return completes when every connected probe's socket is closed; a connect under way is closed
   *     on arrival
   */
  public Future<Void> stop() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        v ->
            Future.join(checks.stream().map(BackendCheck::stop).toList())
                .compose(all -> client.close())
                .onComplete(
                    closed -> {
                      firstResults.tryComplete();
                      done.complete();
                    }));
    return done.future();
  }
}
