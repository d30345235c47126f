package io.steelyard.telemetry;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.steelyard.backend.BackendState;
import io.steelyard.control.Reloads;
import io.steelyard.control.Revision;
import io.steelyard.control.Status;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.CertificateStatus;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.telemetry.GroupMeters.BackendMeters;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Answers a scrape from what runs at that moment: a listener or backend that was removed is not
 * there, and takes its series with it. Called on the scraping thread.
 */
public final class SteelyardCollector extends Collector implements Collector.Describable {

  /* Micrometer's own meters are not used: its gauges hold their objects weakly, and a name registered again keeps the
   * first registration, so that a backend that was removed and added again would show the old one. */

  private static final double MILLIS_PER_SECOND = 1000;

  private final Meters meters;
  private final Supplier<Status> status;
  private final LongSupplier droppedLines;
  private final BuildFacts build;

  /**
   * A collector over live state.
   *
   * @param droppedLines of the access log
   */
  public SteelyardCollector(
      Meters meters, Supplier<Status> status, LongSupplier droppedLines, BuildFacts build) {
    this.meters = meters;
    this.status = status;
    this.droppedLines = droppedLines;
    this.build = build;
  }

  /** Joins every Prometheus registry there is behind Micrometer's global one. */
  public void join() {
    registries().forEach(registry -> registry.register(this));
  }

  /** Leaves them again. */
  public void leave() {
    registries().forEach(registry -> registry.unregister(this));
  }

  private static Stream<CollectorRegistry> registries() {
    return Metrics.globalRegistry.getRegistries().stream()
        .filter(PrometheusMeterRegistry.class::isInstance)
        .map(registry -> ((PrometheusMeterRegistry) registry).getPrometheusRegistry());
  }

  /** Nothing: the names are known at the scrape. */
  @Override
  public List<MetricFamilySamples> describe() {
    return List.of();
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Status now = status.get();
    Families families = new Families();
    now.listeners().forEach(listener -> listener(families, listener));
    now.groups().forEach(group -> group(families, group));
    now.certificates().forEach(certificate -> certificate(families, certificate));
    meters
        .certificateReloads()
        .forEach(
            (name, reloads) -> {
              families.add(MeterNames.CERTIFICATE_RELOADS, reloads.succeeded(), name, "success");
              families.add(MeterNames.CERTIFICATE_RELOADS, reloads.failed(), name, "failure");
            });
    process(families, now);
    return families.all();
  }

  private void listener(Families families, ListenerStatus listener) {
    String name = listener.name();
    ListenerMeters counted = meters.listener(name);
    families.add(MeterNames.LISTENER_CONNECTIONS, listener.openFlows(), name);
    families.add(MeterNames.LISTENER_CONNECTIONS_TOTAL, counted.accepted(), name);
    families.add(MeterNames.LISTENER_CONNECTIONS_LIMIT, listener.maxConnections(), name);
    counted.refused.forEach(
        (reason, count) -> families.add(MeterNames.LISTENER_REJECTED, count, name, reason.label()));
    families.add(MeterNames.LISTENER_RECEIVED, counted.traffic.receivedBytes(), name);
    families.add(MeterNames.LISTENER_SENT, counted.traffic.sentBytes(), name);
    families.add(MeterNames.LISTENER_DURATION, counted.duration, name);
    counted.ended.forEach(
        (cause, count) -> families.add(MeterNames.LISTENER_CLOSED, count, name, cause.label()));
    tls(families, name, counted);
  }

  private static void tls(Families families, String name, ListenerMeters counted) {
    counted.handshakeFailures.forEach(
        (reason, count) -> families.add(MeterNames.TLS_FAILURES, count, name, reason.label()));
    families.add(MeterNames.TLS_DURATION, counted.handshakeDuration, name);
    HandshakeCounts.of(counted.negotiated()).addTo(families, name);
  }

  private void group(Families families, GroupStatus group) {
    String name = group.name();
    GroupMeters counted = meters.group(name);
    families.add(MeterNames.BACKEND_CONNECT_DURATION, counted.connectDuration, name);
    families.add(MeterNames.BACKEND_RETRIES, counted.retries.sum(), name);
    families.add(MeterNames.HEALTH_CHECK_DURATION, counted.probeDuration, name);
    for (BackendState state : BackendState.values()) {
      families.add(MeterNames.GROUP_BACKENDS, group.count(state), name, state.label());
    }
    families.add(MeterNames.GROUP_FAIL_OPEN, group.failOpen() ? 1 : 0, name);
    for (BackendStatus backend : group.backends()) {
      backend(families, name, backend, counted.backend(backend.address()));
    }
  }

  private static void backend(
      Families families, String group, BackendStatus backend, BackendMeters counted) {
    String address = backend.address();
    families.add(MeterNames.BACKEND_CONNECTIONS, backend.connections(), group, address);
    families.add(MeterNames.BACKEND_CONNECTIONS_TOTAL, backend.connectionsTotal(), group, address);
    counted.connectFailures.forEach(
        (reason, count) ->
            families.add(
                MeterNames.BACKEND_CONNECT_FAILURES, count, group, address, reason.label()));
    families.add(MeterNames.BACKEND_RECEIVED, counted.traffic.receivedBytes(), group, address);
    families.add(MeterNames.BACKEND_SENT, counted.traffic.sentBytes(), group, address);
    for (BackendState state : BackendState.values()) {
      int value = state == backend.state() ? 1 : 0;
      families.add(MeterNames.BACKEND_STATE, value, group, address, state.label());
    }
    families.add(MeterNames.BACKEND_WEIGHT, backend.weight(), group, address);
    families.add(MeterNames.HEALTH_CHECKS, counted.probesPassed.sum(), group, address, "success");
    families.add(MeterNames.HEALTH_CHECKS, counted.probesFailed.sum(), group, address, "failure");
  }

  private static void certificate(Families families, CertificateStatus certificate) {
    families.add(
        MeterNames.CERTIFICATE_NOT_AFTER,
        certificate.notAfter().getEpochSecond(),
        certificate.name(),
        certificate.keyType());
  }

  private void process(Families families, Status now) {
    Reloads reloads = now.reloads();
    families.add(MeterNames.CONFIG_RELOADS, reloads.succeeded(), "success");
    families.add(MeterNames.CONFIG_RELOADS, reloads.failed(), "failure");
    families.add(MeterNames.CONFIG_RELOADS, reloads.unchanged(), "unchanged");
    if (now.revision().isPresent()) {
      Revision revision = now.revision().get();
      families.add(MeterNames.CONFIG_LAST_SUCCESSFUL, reloads.lastSuccessful() ? 1 : 0);
      families.add(
          MeterNames.CONFIG_LAST_SUCCESS,
          reloads.lastSuccess().orElse(revision.at()).toEpochMilli() / MILLIS_PER_SECOND);
      families.add(MeterNames.CONFIG_INFO, 1, Long.toString(revision.number()), revision.sha256());
    }
    families.add(
        MeterNames.BUILD_INFO,
        1,
        build.version(),
        build.runtime(),
        build.tlsEngine(),
        build.transport());
    boolean draining = now.readiness().draining();
    families.add(MeterNames.DRAINING, draining ? 1 : 0);
    families.add(MeterNames.DRAIN_REMAINING, draining ? now.openFlows() : 0);
    families.add(MeterNames.ACCESS_LOG_DROPPED, droppedLines.getAsLong());
  }
}
