package io.steelyard.control;

import io.steelyard.backend.BackendState;
import io.steelyard.backend.ProbeHealth;
import io.steelyard.config.Protocol;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What runs, at one moment.
 *
 * @param revision in force; absent before the first document took effect
 * @param renewalFailures files whose new content cannot be used, so that the old is
 */
public record Status(
    Readiness readiness,
    Optional<Revision> revision,
    Reloads reloads,
    List<ListenerStatus> listeners,
    List<GroupStatus> groups,
    List<CertificateStatus> certificates,
    List<RenewalFailure> renewalFailures) {

  /** Before the first revision. */
  static final Status STARTING =
      new Status(
          new Readiness(false, false, false, false),
          Optional.empty(),
          Reloads.NONE,
          List.of(),
          List.of(),
          List.of(),
          List.of());

  public Status {
    listeners = List.copyOf(listeners);
    groups = List.copyOf(groups);
    certificates = List.copyOf(certificates);
    renewalFailures = List.copyOf(renewalFailures);
  }

  /** Flows open on all listeners. */
  public int openFlows() {
    return listeners.stream().mapToInt(ListenerStatus::openFlows).sum();
  }

  /**
   * Whether clients should be sent here.
   *
   * @param committed the first revision has taken effect
   * @param bound every enabled listener accepts
   * @param probed every checked backend of the first revision has had a result; stays true ever
   *     after
   * @param draining the process is on its way out
   */
  public record Readiness(boolean committed, boolean bound, boolean probed, boolean draining) {
    /** All of it. */
    public boolean isReady() {
      return committed && bound && probed && !draining;
    }
  }

  /**
   * One listener.
   *
   * @param port bound, or as configured while it is not
   * @param enabled as configured; a listener that is not keeps its configuration
   * @param openFlows all of that name
   * @param leavingFlows those of them whose own listener has left: they drain
   * @param maxConnections 0 = no limit
   */
  public record ListenerStatus(
      String name,
      Protocol protocol,
      String address,
      int port,
      boolean enabled,
      boolean accepting,
      int openFlows,
      int leavingFlows,
      int maxConnections) {}

  /**
   * One server group.
   *
   * @param failOpen flows are sent to backends that are down because all are
   * @param waiting flows that wait for room
   */
  public record GroupStatus(
      String name, boolean failOpen, int waiting, List<BackendStatus> backends) {
    public GroupStatus {
      backends = List.copyOf(backends);
    }

    /** How many of its backends are up. */
    public long upBackends() {
      return count(BackendState.UP);
    }

    /** How many of its backends are in that state. */
    public long count(BackendState state) {
      return backends.stream().filter(backend -> backend.state() == state).count();
    }
  }

  /**
   * One certificate that a listener serves.
   *
   * @param name as in the document
   * @param keyType {@code rsa}, {@code ecdsa}
   */
  public record CertificateStatus(String name, String keyType, Instant notAfter) {}

  /**
   * One backend.
   *
   * @param address as written in the document
   * @param connections leases held now
   * @param connectionsTotal leases ever taken
   * @param weight effective
   */
  public record BackendStatus(
      String address,
      BackendState state,
      ProbeHealth health,
      int connections,
      long connectionsTotal,
      int weight) {}
}
