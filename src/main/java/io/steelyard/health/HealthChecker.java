package io.steelyard.health;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.Shared;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The health check of one server group through all its revisions, and the only writer of its
 * backends' probe health. All probes run on one Vert.x context; the public methods may be called on
 * any thread. Mutable state is used on that context only.
 */
public final class HealthChecker {

  private final ContextInternal context;
  private final ServerGroup group;
  private final ProbeObserver observer;
  private final ShortageLog shortages = new ShortageLog();
  private final Map<Backend, BackendCheck> checks = new LinkedHashMap<>();
  private final Promise<Void> firstResults = Promise.promise();
  private @Nullable Prober prober;
  private boolean stopped;

  /** A checker that does nothing until it is told what to {@link #follow}. */
  public HealthChecker(Vertx vertx, ServerGroup group, ProbeObserver observer) {
    // A context of its own: getOrCreateContext would put all groups started from one thread on one
    // event loop.
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    this.group = group;
    this.observer = observer;
  }

  /**
   * Probes from now on what the group has, as this configuration says. Backends that stay go on in
   * their rhythm, unless the check itself has changed.
   *
   * @param tls of the group, retained while it is in use; needed where it probes with tls or https
   * @throws IllegalStateException where it is needed and missing
   */
  public void follow(ServerGroupConfig config, Optional<BackendTls> tls) {
    ProbePlan plan = ProbePlan.of(config, tls);
    List<Backend> probed = plan.check().type() == Type.NONE ? List.of() : group.backends();
    plan.tls().ifPresent(Shared::retain);
    context.runOnContext(v -> follow(plan, probed));
  }

  private void follow(ProbePlan plan, List<Backend> probed) {
    if (stopped) {
      plan.tls().ifPresent(Shared::release);
      return;
    }
    Prober before = prober;
    if (before != null && before.plan().equals(plan)) {
      plan.tls().ifPresent(Shared::release);
      Set<Backend> kept = Set.copyOf(probed);
      checks
          .entrySet()
          .removeIf(
              entry -> {
                boolean gone = !kept.contains(entry.getKey());
                if (gone) {
                  entry.getValue().stop();
                }
                return gone;
              });
      start(before, probed);
      return;
    }
    retire();
    NetClient client =
        context
            .owner()
            .createNetClient(
                new NetClientOptions()
                    .setConnectTimeout(Math.toIntExact(plan.check().timeout().toMillis())));
    Prober next = new Prober(context, client, plan);
    prober = next;
    start(next, probed);
  }

  private void start(Prober with, List<Backend> probed) {
    for (Backend backend : probed) {
      if (!checks.containsKey(backend)) {
        BackendCheck check = new BackendCheck(with, group, backend, observer, shortages);
        checks.put(backend, check);
        check.start();
      }
    }
    Future.join(checks.values().stream().map(BackendCheck::first).toList())
        .onComplete(all -> firstResults.tryComplete());
  }

  /** Ends all checks; completes when their sockets are closed. */
  private Future<Void> retire() {
    List<Future<Void>> ending = new ArrayList<>();
    checks.values().forEach(check -> ending.add(check.stop()));
    checks.clear();
    Prober last = prober;
    prober = null;
    Future<Void> ended = Future.join(ending).mapEmpty();
    if (last == null) {
      return ended;
    }
    return ended
        .compose(all -> last.client().close())
        .onComplete(closed -> last.plan().tls().ifPresent(Shared::release));
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
        v -> {
          stopped = true;
          retire()
              .onComplete(
                  closed -> {
                    firstResults.tryComplete();
                    done.complete();
                  });
        });
    return done.future();
  }
}
