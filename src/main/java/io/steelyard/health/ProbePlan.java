package io.steelyard.health;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.tls.BackendTls;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What all probes of one group have in common.
 *
 * @param tls present for tls and https probes
 */
record ProbePlan(HealthCheckConfig check, ProxyProtocol proxyProtocol, Optional<BackendTls> tls) {

  /**
   * @throws IllegalStateException where the check needs TLS and there is none
   */
  static ProbePlan of(ServerGroupConfig group, Optional<BackendTls> tls) {
    HealthCheckConfig check = group.healthCheck();
    boolean encrypted = check.type() == Type.TLS || check.type() == Type.HTTPS;
    if (encrypted && tls.isEmpty()) {
      throw new IllegalStateException(
          "group " + group.name() + " probes with " + check.type() + ", without TLS");
    }
    return new ProbePlan(check, group.proxyProtocol(), encrypted ? tls : Optional.empty());
  }

  boolean speaksHttp() {
    return check.type() == Type.HTTP || check.type() == Type.HTTPS;
  }

  boolean sendsProxyHeader() {
    return proxyProtocol.version() != ProxyProtocol.Version.NONE;
  }

  int port(BackendConfig backend) {
    return check.port().orElse(backend.port());
  }

  /** Whether that status is success, in words. */
  ProbeOutcome judge(int status) {
    if (check.expectStatus().stream().anyMatch(range -> range.contains(status))) {
      return ProbeOutcome.ok("status " + status);
    }
    String expected =
        check.expectStatus().stream().map(ProbePlan::written).collect(Collectors.joining(","));
    return new ProbeOutcome(
        ProbeOutcome.Reason.STATUS, "status " + status + ", expected " + expected);
  }

  private static String written(StatusRange range) {
    return range.first() == range.last()
        ? Integer.toString(range.first())
        : range.first() + "-" + range.last();
  }
}
