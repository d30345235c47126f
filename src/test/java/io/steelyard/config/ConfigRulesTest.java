package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ConfigReader.Reading;
import org.junit.jupiter.api.Test;

/**
 * What holds between the parts, where the documents of {@code invalid} do not show it: warnings and
 * silence.
 */
class ConfigRulesTest {

  @Test
  void check_partsThatNothingUses_areWarnedAbout() {
    String text =
        Documents.tcp("enabled: true")
            + """
              - {name: spare, backends: {address: "10.0.0.12:8080"}}
            ip-groups: {name: office, addresses: 192.0.2.0/24}
            certificates: {name: web, certificate: a, key: b}
            """;
    Reading reading = Documents.read(text);
    assertThat(reading.document()).isPresent();
    assertThat(ProblemFormat.lines(reading.problems()))
        .containsExactly(
            "steelyard.yaml:4:5: warning: server-groups[spare]: a server group that nothing uses"
                + " (expected: a use, or none)",
            "steelyard.yaml:5:12: warning: ip-groups[office]: an ip-group that nothing uses"
                + " (expected: a use, or none)",
            "steelyard.yaml:6:15: warning: certificates[web]: a certificate that nothing uses"
                + " (expected: a use, or none)");
  }

  @Test
  void check_certificateTowardsBackends_isAUse() {
    String text =
        Documents.group("backend-protocol: tls, tls: {certificate: own}")
            + "certificates: {name: own, certificate: a, key: b}";
    assertThat(Documents.problems(text)).isEmpty();
  }

  @Test
  void check_roundRobinWithWeights_isWarnedAbout() {
    String text =
        """
        listeners: {name: web, protocol: tcp, port: 443, server-group: app}
        server-groups:
          name: app
          scheduler: round-robin
          backends: [{address: "10.0.0.1:1", weight: 5}, {address: "10.0.0.1:2"}, {address: "10.0.0.1:3", weight: 0}]
        """;
    assertThat(Documents.problems(text))
        .containsExactly(
            "warning: server-groups[app].scheduler: round-robin, which treats different weights"
                + " alike (expected: weighted-round-robin)");
  }

  @Test
  void check_tcpWithoutRoutes_hasNoHandshakeToTime() {
    assertThat(Documents.problems(Documents.tcp("handshake-timeout: 5s")))
        .containsExactly(
            "warning: listeners[web].handshake-timeout: without effect with protocol tcp and no"
                + " sni-routes (expected: no handshake-timeout)");
  }

  @Test
  void check_onePortOnAddressesOfTheirOwn_isFine() {
    String text =
        """
        listeners:
          - {name: a, protocol: tcp, port: 443, address: 192.0.2.1, server-group: app}
          - {name: b, protocol: tcp, port: 443, address: 192.0.2.2, server-group: app}
          - {name: c, protocol: tcp, port: 443, address: "2001:db8::1", server-group: app}
          - {name: d, protocol: tcp, port: 444, server-group: app}
        """
            + Documents.GROUP;
    assertThat(Documents.problems(text)).isEmpty();
  }

  @Test
  void check_oneMistake_isOneProblem() {
    assertThat(Documents.problems(Documents.tls("alpn: none").replace("port: 443", "port: x")))
        .containsExactly("listeners[web].port: x (expected: 1..65535)");
    assertThat(
            Documents.problems(
                Documents.tls("alpn: none").replace("protocol: tcpssl", "protocol: x")))
        .containsExactly("listeners[web].protocol: x (expected: tcp or tcpssl)");
  }

  @Test
  void check_probesWithTls_verifyAsTheGroupSays() {
    ServerGroupConfig group =
        Documents.valid(Documents.healthCheck("type: tls")).serverGroups().getFirst();
    assertThat(group.tls()).contains(ServerGroupConfig.BackendTlsConfig.DEFAULT);
    assertThat(group.backendProtocol()).isEqualTo(ServerGroupConfig.BackendProtocol.TCP);
  }
}
