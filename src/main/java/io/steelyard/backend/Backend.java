package io.steelyard.backend;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One server address of a group. The operator's intent (ready, drain, maintenance; weight) and the
 * probe health are two facts and never one.
 *
 * <p>One object per group and address across all revisions, so that counts and history go on.
 * Mutable: configuration, intent, weight and health are written under the group's change lock, the
 * two counters under its flow lock; any thread may read them.
 */
public final class Backend {

  private volatile BackendConfig config;
  private volatile int index;
  private volatile State intent;
  private volatile int weight;
  private volatile ProbeHealth health;
  private volatile int connections;
  private volatile long connectionsTotal;

  /** Parsed when first asked for. Written without a lock: it is immutable, and equal each time. */
  private @Nullable InetSocketAddress socketAddress;

  /** Waiting flows that have tried this backend already. Guarded by the group's flow lock. */
  private int excludedByWaiters;

  /**
   * A backend without flows.
   *
   * @param index its slot in the group
   */
  Backend(BackendConfig config, int index, HealthCheckConfig.Type healthCheck) {
    this.config = config;
    this.index = index;
    this.intent = config.state();
    this.weight = config.weight();
    this.health =
        healthCheck == HealthCheckConfig.Type.NONE
            ? unchecked()
            : first(ProbeHealth.Verdict.STARTING, "none", "no result yet");
  }

  private static ProbeHealth unchecked() {
    return first(ProbeHealth.Verdict.UP, "unchecked", "no health check");
  }

  private static ProbeHealth first(ProbeHealth.Verdict verdict, String reason, String text) {
    return new ProbeHealth(verdict, reason, text, Instant.now(), List.of());
  }

  /** As written in the document of the latest revision that has it. Any thread. */
  public BackendConfig config() {
    return config;
  }

  /**
   * Where it is; an IP literal, so that no resolver is asked. Any thread.
   *
   * @throws IllegalStateException where this machine cannot reach such an address, such as one of a
   *     network interface that it does not have
   */
  public InetSocketAddress socketAddress() {
    InetSocketAddress known = socketAddress;
    if (known == null) {
      BackendConfig now = config;
      try {
        known = new InetSocketAddress(InetAddress.getByName(now.host()), now.port());
      } catch (UnknownHostException e) {
        throw new IllegalStateException("not an IP literal: " + now.address(), e);
      }
      socketAddress = known;
    }
    return known;
  }

  /** What probes have found. Any thread. */
  public ProbeHealth health() {
    return health;
  }

  /**
   * What the operator wants of it now: the document's state until changed at run time. Any thread.
   */
  public State intent() {
    return intent;
  }

  /** The operator's weight, 0–256: the document's until changed at run time. Any thread. */
  public int weight() {
    return weight;
  }

  /** Leases held now. Any thread. */
  public int connections() {
    return connections;
  }

  /** Leases ever taken. Any thread. */
  public long connectionsTotal() {
    return connectionsTotal;
  }

  /**
   * The one state that status and metrics show: the first that applies of the enum's order. Any
   * thread.
   */
  public BackendState state() {
    return switch (intent) {
      case MAINTENANCE -> BackendState.MAINTENANCE;
      case DRAIN -> BackendState.DRAINING;
      case READY ->
          switch (health.verdict()) {
            case DOWN -> BackendState.DOWN;
            case STARTING -> BackendState.STARTING;
            case UP -> BackendState.UP;
          };
    };
  }

  /** The weight it is chosen by now: 0 unless it may take new flows by intent. Any thread. */
  public int effectiveWeight() {
    return intent == State.READY ? weight : 0;
  }

  /**
   * A number of its own among the group's members, below {@link Roster#size}; kept while it is one.
   * What has left the group may share its number with a newcomer.
   */
  int index() {
    return index;
  }

  void index(int slot) {
    this.index = slot;
  }

  /**
   * Takes another revision's entry for the same address. What the operator has set at run time
   * stays, unless that entry changes it.
   */
  void reconfigure(BackendConfig next, HealthCheckConfig.Type healthCheck) {
    BackendConfig before = config;
    config = next;
    if (before.state() != next.state()) {
      intent = next.state();
    }
    if (before.weight() != next.weight()) {
      weight = next.weight();
    }
    if (healthCheck == HealthCheckConfig.Type.NONE && !health.reason().equals("unchecked")) {
      health = unchecked();
    }
  }

  boolean isFull() {
    return config.maxConnections() > 0 && connections >= config.maxConnections();
  }

  void health(ProbeHealth found) {
    this.health = found;
  }

  void intent(State wanted, int wantedWeight) {
    this.intent = wanted;
    this.weight = wantedWeight;
  }

  /**
   * One more lease. Under the group's flow lock: a single writer makes the plain increments exact.
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock is the only writer's
  void leased() {
    connections++;
    connectionsTotal++;
  }

  /** One lease less. Under the group's flow lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock is the only writer's
  void released() {
    connections--;
  }

  int excludedByWaiters() {
    return excludedByWaiters;
  }

  void excludedByWaiters(int change) {
    excludedByWaiters += change;
  }

  @Override
  public String toString() {
    return config.address();
  }
}
