package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.steelyard.backend.BackendState;
import io.steelyard.backend.ProbeHealth;
import io.steelyard.config.Protocol;
import io.steelyard.control.Outcome;
import io.steelyard.control.Reloads;
import io.steelyard.control.Revision;
import io.steelyard.control.Source;
import io.steelyard.control.Status;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.CertificateStatus;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.control.Status.Readiness;
import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.Refusal;
import io.steelyard.testkit.Flows;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SteelyardCollectorTest {

  private static final String BACKEND = "10.0.0.11:8080";
  private static final Readiness READY = new Readiness(true, true, true, false);

  private final Meters meters = new Meters(2);
  private final CollectorRegistry registry = new CollectorRegistry(true);
  private Status status = status(READY, listener("web", 3), group("app", BackendState.UP));

  @BeforeEach
  void register() {
    registry.register(
        new SteelyardCollector(
            meters, () -> status, () -> 5, new BuildFacts("0.1.0", "jvm", "boringssl", "epoll")));
  }

  @Test
  void scrape_ofAFlow_showsWhatItDid() throws IOException {
    Flow flow = Flows.relaying(1, "web", "app", BACKEND);
    meters.accepted(flow).received(100);
    meters.handshakeDone(flow);
    meters.connectFailed(flow, ConnectFailure.REFUSED);
    meters.retried(flow);
    meters.connected(flow, TimeUnit.MILLISECONDS.toNanos(3)).sent(100);
    meters.ended(Flows.ended(flow, FlowEnd.BACKEND_END));

    assertThat(scrape())
        .contains("steelyard_listener_connections{listener=\"web\",} 3.0")
        .contains("steelyard_listener_connections_total{listener=\"web\",} 1.0")
        .contains("steelyard_listener_connections_limit{listener=\"web\",} 1000.0")
        .contains("steelyard_listener_received_bytes_total{listener=\"web\",} 100.0")
        .contains("steelyard_listener_sent_bytes_total{listener=\"web\",} 0.0")
        .contains(
            "steelyard_listener_connections_closed_total{listener=\"web\",cause=\"backend_end\",}"
                + " 1.0")
        .contains("steelyard_listener_connection_duration_seconds_count{listener=\"web\",} 1.0")
        .contains(
            "steelyard_tls_handshakes_total{listener=\"web\",version=\"TLSv1.3\",resumed=\"false\",}"
                + " 1.0")
        .contains(
            "steelyard_tls_ciphers_total{listener=\"web\",version=\"TLSv1.3\","
                + "cipher=\"TLS_AES_128_GCM_SHA256\",group=\"X25519MLKEM768\",} 1.0")
        .contains("steelyard_tls_handshake_duration_seconds_count{listener=\"web\",} 1.0")
        .contains(
            "steelyard_backend_connect_failures_total{group=\"app\",backend=\"10.0.0.11:8080\","
                + "reason=\"refused\",} 1.0")
        .contains("steelyard_backend_retries_total{group=\"app\",} 1.0")
        .contains(
            "steelyard_backend_connect_duration_seconds_bucket{group=\"app\",le=\"0.002\",} 0.0")
        .contains(
            "steelyard_backend_connect_duration_seconds_bucket{group=\"app\",le=\"0.005\",} 1.0")
        .contains(
            "steelyard_backend_connect_duration_seconds_bucket{group=\"app\",le=\"+Inf\",} 1.0")
        .contains(
            "steelyard_backend_sent_bytes_total{group=\"app\",backend=\"10.0.0.11:8080\",} 100.0");
  }

  @Test
  void scrape_gaugeAndCounterOfOneStem_areBothThereWithTheirTypes() throws IOException {
    assertThat(scrape())
        .contains("# TYPE steelyard_listener_connections gauge")
        .contains("# TYPE steelyard_listener_connections_total counter")
        .contains("# TYPE steelyard_backend_connections gauge")
        .contains("# TYPE steelyard_backend_connections_total counter")
        .contains("# TYPE steelyard_tls_handshake_duration_seconds histogram");
  }

  @Test
  void scrape_refusalsAndFailedHandshakes_areCountedByReason() throws IOException {
    meters.refused("web", Refusal.ACCESS);
    Flow flow = Flows.accepted(1, "web");
    meters.accepted(flow);
    flow.handshakeFailed(HandshakeFailure.NOT_TLS, null);
    meters.ended(Flows.ended(flow, FlowEnd.HANDSHAKE_FAILED));

    assertThat(scrape())
        .contains(
            "steelyard_listener_connections_rejected_total{listener=\"web\",reason=\"access\",} 1.0")
        .contains(
            "steelyard_listener_connections_rejected_total{listener=\"web\",reason=\"files\",} 0.0")
        .contains(
            "steelyard_tls_handshake_failures_total{listener=\"web\",reason=\"not_tls\",} 1.0");
  }

  @Test
  void scrape_certificateReloads_areCountedByResult() throws IOException {
    meters.renewed("certificate", "web", true, List.of());
    meters.renewed("certificate", "web", true, List.of());
    meters.renewed("certificate", "web", false, List.of());
    meters.renewed("crl", "clients.crl", true, List.of());

    assertThat(scrape())
        .contains(
            "steelyard_tls_certificate_reloads_total{certificate=\"web\",result=\"success\",} 2.0")
        .contains(
            "steelyard_tls_certificate_reloads_total{certificate=\"web\",result=\"failure\",} 1.0")
        .doesNotContain("clients.crl");
  }

  @Test
  void scrape_backendState_isExactlyOne() throws IOException {
    List<String> ones =
        scrape().lines().filter(line -> line.startsWith("steelyard_backend_state")).toList();

    assertThat(ones).hasSize(BackendState.values().length);
    assertThat(ones)
        .filteredOn(line -> line.endsWith(" 1.0"))
        .singleElement()
        .asString()
        .contains("state=\"up\"");
    assertThat(scrape())
        .contains("steelyard_group_backends{group=\"app\",state=\"up\",} 1.0")
        .contains("steelyard_group_backends{group=\"app\",state=\"down\",} 0.0")
        .contains("steelyard_group_fail_open{group=\"app\",} 0.0");
  }

  @Test
  void scrape_probes_areCountedByResult() throws IOException {
    meters.probed("app", BACKEND, true, 1000);
    meters.probed("app", BACKEND, false, 1000);
    meters.probed("app", BACKEND, false, 1000);

    assertThat(scrape())
        .contains(
            "steelyard_health_checks_total{group=\"app\",backend=\"10.0.0.11:8080\","
                + "result=\"failure\",} 2.0")
        .contains("steelyard_health_check_duration_seconds_count{group=\"app\",} 3.0");
  }

  @Test
  void scrape_listenerRemovedAndAddedAgain_goesOnCounting() throws IOException {
    meters.accepted(Flows.accepted(1, "web"));
    status = status(READY, listener("other", 0), group("app", BackendState.UP));
    assertThat(scrape()).doesNotContain("listener=\"web\"");

    status = status(READY, listener("web", 0), group("app", BackendState.UP));
    meters.accepted(Flows.accepted(2, "web"));

    assertThat(scrape()).contains("steelyard_listener_connections_total{listener=\"web\",} 2.0");
  }

  @Test
  void scrape_ofTheProcess_saysWhatRuns() throws IOException {
    assertThat(scrape())
        .contains(
            "steelyard_build_info{version=\"0.1.0\",runtime=\"jvm\",tls_engine=\"boringssl\","
                + "transport=\"epoll\",} 1.0")
        .contains("steelyard_config_info{revision=\"1\",sha256=\"abc\",} 1.0")
        .contains("steelyard_config_reloads_total{result=\"success\",} 3.0")
        .contains("steelyard_config_reloads_total{result=\"failure\",} 2.0")
        .contains("steelyard_config_reloads_total{result=\"unchanged\",} 1.0")
        .contains("steelyard_config_last_reload_successful 0.0")
        .contains("steelyard_config_last_success_timestamp_seconds 1000.5")
        .contains(
            "steelyard_tls_certificate_not_after_timestamp_seconds{certificate=\"web\","
                + "key_type=\"ecdsa\",} 2.0E9")
        .contains("steelyard_draining 0.0")
        .contains("steelyard_drain_remaining_connections 0.0")
        .contains("steelyard_access_log_dropped_lines_total 5.0");
  }

  @Test
  void scrape_whileDraining_showsWhatIsWaitedFor() throws IOException {
    status =
        status(
            new Readiness(true, true, true, true),
            listener("web", 3),
            group("app", BackendState.UP));

    assertThat(scrape())
        .contains("steelyard_draining 1.0")
        .contains("steelyard_drain_remaining_connections 3.0");
  }

  @Test
  void scrape_everySeries_standsOnce() throws IOException {
    meters.accepted(Flows.accepted(1, "web"));

    assertThat(scrape().lines().filter(line -> !line.startsWith("#")).map(line -> name(line)))
        .doesNotHaveDuplicates();
  }

  private static String name(String line) {
    return line.substring(0, line.lastIndexOf(' '));
  }

  private String scrape() throws IOException {
    StringWriter text = new StringWriter();
    TextFormat.write004(text, registry.metricFamilySamples());
    return text.toString();
  }

  private static Status status(Readiness readiness, ListenerStatus listener, GroupStatus group) {
    return new Status(
        readiness,
        Optional.of(
            new Revision(
                1,
                "abc",
                Instant.ofEpochMilli(1_000_500),
                new Source(Source.Kind.START, "steelyard.yaml"),
                Outcome.APPLIED,
                List.of(),
                List.of())),
        new Reloads(3, 2, 1, false, Optional.of(Instant.ofEpochMilli(1_000_500))),
        List.of(listener),
        List.of(group),
        List.of(new CertificateStatus("web", "ecdsa", Instant.ofEpochSecond(2_000_000_000))),
        List.of());
  }

  private static ListenerStatus listener(String name, int openFlows) {
    return new ListenerStatus(name, Protocol.TCPSSL, "::", 443, true, true, openFlows, 0, 1000);
  }

  private static GroupStatus group(String name, BackendState state) {
    ProbeHealth health =
        new ProbeHealth(ProbeHealth.Verdict.UP, "ok", "ok", Instant.EPOCH, List.of());
    return new GroupStatus(
        name, false, 0, List.of(new BackendStatus(BACKEND, state, health, 1, 2, 100)));
  }
}
