package io.steelyard.telemetry;

import io.prometheus.client.Collector.Type;
import java.util.List;

/**
 * Every metric and label name, with its help text. They are API: dashboards and alerts are built on
 * them.
 */
final class MeterNames {

  // Labels.
  static final String LISTENER = "listener";
  static final String GROUP = "group";
  static final String BACKEND = "backend";
  static final String REASON = "reason";
  static final String CAUSE = "cause";
  static final String STATE = "state";
  static final String RESULT = "result";
  static final String VERSION = "version";
  static final String RESUMED = "resumed";
  static final String CIPHER = "cipher";
  static final String CERTIFICATE = "certificate";
  static final String KEY_TYPE = "key_type";
  static final String REVISION = "revision";
  static final String SHA256 = "sha256";
  static final String RUNTIME = "runtime";
  static final String TLS_ENGINE = "tls_engine";
  static final String TRANSPORT = "transport";

  static final Name LISTENER_CONNECTIONS =
      gauge("listener_connections", "Flows open now", LISTENER);
  static final Name LISTENER_CONNECTIONS_TOTAL =
      counter("listener_connections_total", "Flows accepted", LISTENER);
  static final Name LISTENER_CONNECTIONS_LIMIT =
      gauge("listener_connections_limit", "Most flows open at once, 0 = no limit", LISTENER);
  static final Name LISTENER_REJECTED =
      counter(
          "listener_connections_rejected_total",
          "Clients refused before any cryptography",
          LISTENER,
          REASON);
  static final Name LISTENER_RECEIVED =
      counter("listener_received_bytes_total", "Plaintext bytes received from clients", LISTENER);
  static final Name LISTENER_SENT =
      counter("listener_sent_bytes_total", "Plaintext bytes sent to clients", LISTENER);
  static final Name LISTENER_DURATION =
      histogram("listener_connection_duration_seconds", "From accept to end of a flow", LISTENER);
  static final Name LISTENER_CLOSED =
      counter("listener_connections_closed_total", "Flows ended, by cause", LISTENER, CAUSE);

  static final Name TLS_HANDSHAKES =
      counter("tls_handshakes_total", "Handshakes completed", LISTENER, VERSION, RESUMED);
  static final Name TLS_FAILURES =
      counter("tls_handshake_failures_total", "Handshakes failed, by reason", LISTENER, REASON);
  static final Name TLS_DURATION =
      histogram(
          "tls_handshake_duration_seconds", "From accept to the end of the handshake", LISTENER);
  static final Name TLS_CIPHERS =
      counter(
          "tls_ciphers_total",
          "Handshakes completed, by what was negotiated",
          LISTENER,
          VERSION,
          CIPHER,
          GROUP);
  static final Name CERTIFICATE_NOT_AFTER =
      gauge(
          "tls_certificate_not_after_timestamp_seconds",
          "When a certificate in use expires",
          CERTIFICATE,
          KEY_TYPE);
  static final Name CERTIFICATE_RELOADS =
      counter(
          "tls_certificate_reloads_total",
          "Files of a certificate read again because they had changed",
          CERTIFICATE,
          RESULT);

  static final Name BACKEND_CONNECTIONS =
      gauge("backend_connections", "Flows on a backend now", GROUP, BACKEND);
  static final Name BACKEND_CONNECTIONS_TOTAL =
      counter("backend_connections_total", "Flows ever given to a backend", GROUP, BACKEND);
  static final Name BACKEND_CONNECT_FAILURES =
      counter(
          "backend_connect_failures_total",
          "Connections to a backend that failed",
          GROUP,
          BACKEND,
          REASON);
  static final Name BACKEND_CONNECT_DURATION =
      histogram("backend_connect_duration_seconds", "From connect to connected", GROUP);
  static final Name BACKEND_RETRIES =
      counter("backend_retries_total", "Tries on another backend after a failure", GROUP);
  static final Name BACKEND_RECEIVED =
      counter("backend_received_bytes_total", "Bytes received from a backend", GROUP, BACKEND);
  static final Name BACKEND_SENT =
      counter("backend_sent_bytes_total", "Bytes sent to a backend", GROUP, BACKEND);
  static final Name BACKEND_STATE =
      gauge("backend_state", "1 for the state a backend is in", GROUP, BACKEND, STATE);
  static final Name BACKEND_WEIGHT =
      gauge("backend_weight", "Weight a backend is chosen by now", GROUP, BACKEND);

  static final Name HEALTH_CHECKS =
      counter("health_checks_total", "Probes done", GROUP, BACKEND, RESULT);
  static final Name HEALTH_CHECK_DURATION =
      histogram("health_check_duration_seconds", "From connect to verdict of a probe", GROUP);

  static final Name GROUP_BACKENDS =
      gauge("group_backends", "Backends of a group by state", GROUP, STATE);
  static final Name GROUP_FAIL_OPEN =
      gauge("group_fail_open", "1 while flows go to backends that are all down", GROUP);

  static final Name CONFIG_RELOADS =
      counter("config_reloads_total", "Documents read while running", RESULT);
  static final Name CONFIG_LAST_SUCCESSFUL =
      gauge("config_last_reload_successful", "1 where the document read last took effect");
  static final Name CONFIG_LAST_SUCCESS =
      gauge("config_last_success_timestamp_seconds", "When a document last took effect");
  static final Name CONFIG_INFO = gauge("config_info", "The document in force", REVISION, SHA256);
  static final Name BUILD_INFO =
      gauge("build_info", "What is running", VERSION, RUNTIME, TLS_ENGINE, TRANSPORT);
  static final Name DRAINING = gauge("draining", "1 while the process is on its way out");
  static final Name DRAIN_REMAINING =
      gauge("drain_remaining_connections", "Flows a drain still waits for");
  static final Name ACCESS_LOG_DROPPED =
      counter(
          "access_log_dropped_lines_total",
          "Access log lines lost because writing them could not keep up");

  private MeterNames() {}

  private static Name counter(String name, String help, String... labels) {
    return new Name(Type.COUNTER, "steelyard_" + name, help, List.of(labels));
  }

  private static Name gauge(String name, String help, String... labels) {
    return new Name(Type.GAUGE, "steelyard_" + name, help, List.of(labels));
  }

  private static Name histogram(String name, String help, String... labels) {
    return new Name(Type.HISTOGRAM, "steelyard_" + name, help, List.of(labels));
  }

  /** A metric's type, its whole name, what it says, and its labels in order. */
  record Name(Type type, String name, String help, List<String> labels) {}
}
