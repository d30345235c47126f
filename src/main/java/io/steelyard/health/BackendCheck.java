package io.steelyard.health;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ProbeHealth;
import io.steelyard.backend.ProbeHealth.ProbeResult;
import io.steelyard.backend.ProbeHealth.Verdict;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The probing of one backend: when the next probe starts, and what its result does to the verdict.
 * At most one probe is open at a time. Used on the checker's context only.
 */
final class BackendCheck {

  private static final Logger LOG = Logger.getLogger(HealthChecker.class);

  /** Spreads the probes of many backends, and of many replicas. */
  private static final double JITTER = 0.1;

  /**
   * The first probes of a group are spread over this much: short, because readiness waits for them.
   */
  private static final Duration FIRST_PROBE_WINDOW = Duration.ofMillis(500);

  /**
   * How often intent is looked at while a backend is in maintenance, so that its return is not an
   * interval late.
   */
  private static final Duration MAINTENANCE_POLL = Duration.ofSeconds(1);

  private final Prober prober;
  private final ServerGroup group;
  private final Backend backend;
  private final Thresholds thresholds;
  private final ProbeObserver observer;
  private final ShortageLog shortages;
  private final Promise<Void> first = Promise.promise();
  private ProbeHealth health;
  private Optional<Probe> open = Optional.empty();
  private Optional<Long> timer = Optional.empty();
  private boolean stopped;

  BackendCheck(
      Prober prober,
      ServerGroup group,
      Backend backend,
      ProbeObserver observer,
      ShortageLog shortages) {
    this.prober = prober;
    this.group = group;
    this.backend = backend;
    this.thresholds =
        new Thresholds(
            prober.plan().check().unhealthyThreshold(), prober.plan().check().healthyThreshold());
    this.observer = observer;
    this.shortages = shortages;
    this.health = backend.health();
  }

  void start() {
    if (inMaintenance()) {
      first.tryComplete();
    }
    long windowMillis = Math.min(interval().toMillis(), FIRST_PROBE_WINDOW.toMillis());
    schedule(ThreadLocalRandom.current().nextLong(windowMillis + 1));
  }

  /**
   * Completes with the first result, when the first probe could not be carried out, or when it need
   * not be waited for.
   */
  Future<Void> first() {
    return first.future();
  }

  Future<Void> stop() {
    stopped = true;
    timer.ifPresent(prober.context().owner()::cancelTimer);
    timer = Optional.empty();
    first.tryComplete();
    return open.map(Probe::abandon).orElseGet(Future::succeededFuture);
  }

  private void schedule(long delayMillis) {
    timer = Optional.of(prober.context().owner().setTimer(Math.max(1, delayMillis), id -> due()));
  }

  private void due() {
    timer = Optional.empty();
    if (inMaintenance()) {
      forget();
      schedule(Math.min(interval().toMillis(), MAINTENANCE_POLL.toMillis()));
      return;
    }
    Probe probe = prober.probe(backend.config());
    open = Optional.of(probe);
    probe.outcome().onSuccess(outcome -> decided(outcome, probe.elapsedNanos()));
    probe.ended().onSuccess(v -> ended(probe));
  }

  /**
   * The next start is counted from this one's start, but a probe never overlaps the one before it.
   */
  private void ended(Probe probe) {
    open = Optional.empty();
    if (stopped) {
      return;
    }
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    long pauseNanos = (long) (interval().toNanos() * factor) - probe.elapsedNanos();
    schedule(TimeUnit.NANOSECONDS.toMillis(pauseNanos));
  }

  private void decided(ProbeOutcome outcome, long durationNanos) {
    if (stopped) {
      return;
    }
    if (outcome.reason().concernsBackend()) {
      publish(outcome, durationNanos);
      observer.probed(
          group.config().name(), backend.config().address(), outcome.success(), durationNanos);
    } else {
      shortages.skipped(group.config().name(), outcome);
    }
    first.tryComplete();
  }

  private void publish(ProbeOutcome outcome, long durationNanos) {
    Verdict before = health.verdict();
    ProbeResult result =
        new ProbeResult(
            Instant.now(),
            outcome.success(),
            outcome.reason().label(),
            outcome.text(),
            durationNanos);
    health = thresholds.after(health, result);
    group.health(backend, health);
    if (health.verdict() != before) {
      logFlip();
    }
  }

  private void logFlip() {
    String facts =
        " group=%s backend=%s reason=%s text=\"%s\""
            .formatted(
                group.config().name(), backend.config().address(), health.reason(), health.text());
    if (health.verdict() == Verdict.DOWN) {
      LOG.warn("backend down" + facts);
      return;
    }
    LOG.info("backend up" + facts);
  }

  /**
   * A verdict from before a maintenance says nothing about the time after it: the backend starts
   * anew.
   */
  private void forget() {
    if (health.verdict() == Verdict.STARTING) {
      return;
    }
    health =
        new ProbeHealth(
            Verdict.STARTING, "none", "in maintenance", Instant.now(), health.lastResults());
    group.health(backend, health);
  }

  private boolean inMaintenance() {
    return backend.intent() == State.MAINTENANCE;
  }

  private Duration interval() {
    return prober.plan().check().interval();
  }
}
