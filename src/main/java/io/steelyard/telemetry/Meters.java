package io.steelyard.telemetry;

import io.steelyard.backend.ProbeObserver;
import io.steelyard.config.Problem;
import io.steelyard.control.RenewalObserver;
import io.steelyard.control.Renewals;
import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.flow.TlsFacts;
import io.steelyard.flow.Traffic;
import io.steelyard.telemetry.GroupMeters.BackendMeters;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what happens. Takes no lock once a listener or backend is known; looked up per flow, never
 * per buffer, and a flow is counted in its own loop's cells. Counts outlive a listener or backend
 * that was removed, so that they are monotone when it comes back; what is shown is decided at the
 * scrape.
 */
public final class Meters implements FlowObserver, ProbeObserver, RenewalObserver {

  private final Map<String, ListenerMeters> listeners = new ConcurrentHashMap<>();
  private final Map<String, GroupMeters> groups = new ConcurrentHashMap<>();
  private final Map<String, CertificateReloads> certificates = new ConcurrentHashMap<>();
  private final int loops;

  /** Meters for that many event loops. */
  public Meters(int loops) {
    this.loops = loops;
  }

  @Override
  public Traffic accepted(Flow flow) {
    ListenerMeters meters = listener(flow.listener());
    meters.accepted(flow.loop());
    return meters.traffic.of(flow.loop());
  }

  @Override
  public void refused(String listener, Refusal reason) {
    listener(listener).refused.increment(reason);
  }

  @Override
  public void handshakeDone(Flow flow) {
    TlsFacts facts = flow.tls();
    if (facts == null) {
      throw new IllegalStateException("flow " + flow.id() + " has no facts of its handshake");
    }
    listener(flow.listener()).handshakeDone(flow, facts);
  }

  @Override
  public void connectFailed(Flow flow, ConnectFailure reason) {
    backend(flow).connectFailures.increment(flow.loop(), reason);
  }

  @Override
  public void retried(Flow flow) {
    group(groupName(flow)).retries.increment();
  }

  @Override
  public Traffic connected(Flow flow, long connectNanos) {
    GroupMeters group = group(groupName(flow));
    group.connectDuration.record(flow.loop(), connectNanos);
    return group.backend(backendName(flow)).traffic.of(flow.loop());
  }

  @Override
  public void ended(Flow flow) {
    FlowEnd how = flow.ended();
    if (how == null) {
      throw new IllegalStateException("flow " + flow.id() + " has not ended");
    }
    listener(flow.listener()).ended(flow, how);
  }

  @Override
  public void probed(String group, String backend, boolean success, long durationNanos) {
    GroupMeters meters = group(group);
    meters.probeDuration.record(durationNanos);
    BackendMeters counted = meters.backend(backend);
    (success ? counted.probesPassed : counted.probesFailed).increment();
  }

  @Override
  public void renewed(String kind, String name, boolean success, List<Problem> problems) {
    if (kind.equals(Renewals.CERTIFICATE)) {
      certificates.merge(name, CertificateReloads.of(success), CertificateReloads::and);
    }
  }

  /** By the name of each certificate that was ever read again. */
  Map<String, CertificateReloads> certificateReloads() {
    return certificates;
  }

  /** How often a certificate was read again. */
  record CertificateReloads(long succeeded, long failed) {
    static CertificateReloads of(boolean success) {
      return new CertificateReloads(success ? 1 : 0, success ? 0 : 1);
    }

    CertificateReloads and(CertificateReloads more) {
      return new CertificateReloads(succeeded + more.succeeded, failed + more.failed);
    }
  }

  /** The meters of that listener, made on first use. */
  ListenerMeters listener(String name) {
    ListenerMeters known = listeners.get(name);
    return known != null
        ? known
        : listeners.computeIfAbsent(name, key -> new ListenerMeters(loops));
  }

  /** The meters of that group, made on first use. */
  GroupMeters group(String name) {
    GroupMeters known = groups.get(name);
    return known != null ? known : groups.computeIfAbsent(name, key -> new GroupMeters(loops));
  }

  private BackendMeters backend(Flow flow) {
    return group(groupName(flow)).backend(backendName(flow));
  }

  private static String backendName(Flow flow) {
    String backend = flow.backend();
    if (backend == null) {
      throw new IllegalStateException("flow " + flow.id() + " has no backend");
    }
    return backend;
  }

  private static String groupName(Flow flow) {
    String group = flow.group();
    if (group == null) {
      throw new IllegalStateException("flow " + flow.id() + " has no server group");
    }
    return group;
  }
}
