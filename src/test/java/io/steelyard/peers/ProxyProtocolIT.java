package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.Haproxy;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HAProxy and nginx as backends read the PROXY headers of both versions and log the client's
 * address and port, which is 127.0.0.7 here and thus not Steelyard's own. HAProxy checks the
 * checksum and shows authority and unique id; the other TLVs are read by neither in Debian's
 * versions. Probes carry a header too and are no errors to them.
 */
class ProxyProtocolIT {

  private static final String CLIENT = "127.0.0.7";

  @TempDir static Path directory;

  private static final Map<String, Integer> PORTS = new HashMap<>();
  private static Nginx nginx;
  private static Haproxy haproxy;
  private static SteelyardProcess steelyard;

  @BeforeAll
  static void start() {
    Authority authority = TestCertificates.authority("Test CA");
    authority.writePem(directory, "ca");
    authority.issueEc("localhost", "localhost").writePem(directory, "web");
    authority.issueClient("a client").writePem(directory, "client");
    nginx = Nginx.behindProxyProtocol(directory, "nginx");
    int haproxyPort = LoopbackPorts.free();
    haproxy =
        Haproxy.start(
            directory,
            haproxyPort,
            "",
            """
            frontend web
              mode http
              bind 127.0.0.1:%d accept-proxy
              log-format "client=%%ci:%%cp authority=%%[fc_pp_authority] id=%%[fc_pp_unique_id,hex] status=%%ST"
              http-request return status 200 content-type text/plain string "haproxy"
            """
                .formatted(haproxyPort));
    StringBuilder listeners = new StringBuilder("listeners:\n");
    StringBuilder groups = new StringBuilder("server-groups:\n");
    for (String peer : List.of("haproxy", "nginx")) {
      int backend = peer.equals("haproxy") ? haproxyPort : nginx.port();
      for (String version : List.of("v1", "v2")) {
        String name = peer + "-" + version;
        PORTS.put(name, LoopbackPorts.free());
        listeners.append(listener(name));
        groups.append(group(name, backend, version));
      }
    }
    String certificates = "certificates: [{name: web, certificate: web.crt, key: web.key}]\n";
    steelyard = SteelyardProcess.in(directory).serve(listeners + certificates + groups);
    steelyard.awaitMetric(8, "steelyard_backend_state", "state=\"up\"");
  }

  private static String listener(String name) {
    return """
      - name: %s
        protocol: tcpssl
        port: %d
        server-group: %s
        tls:
          certificates: [web]
          alpn: http1-only
          client-auth: {mode: optional, ca: ca.crt}
    """
        .formatted(name, PORTS.get(name), name);
  }

  /** Two backends' worth of probes: connects alone, and requests. */
  private static String group(String name, int port, String version) {
    String tlvs =
        version.equals("v1")
            ? ""
            : ", tlvs: [alpn, authority, crc32c, unique-id, ssl, client-certificate]";
    return """
      - name: %s
        backends: [{address: "127.0.0.1:%d"}]
        proxy-protocol: {send: %s%s}
        health-check: {type: tcp, interval: 1s, timeout: 1s}
      - name: %s-http
        backends: [{address: "127.0.0.1:%d"}]
        proxy-protocol: {send: %s}
        health-check: {type: http, path: /probe, interval: 1s, timeout: 1s}
    """
        .formatted(name, port, version, tlvs, name, port, version);
  }

  @AfterAll
  static void stop() {
    steelyard.close();
    haproxy.close();
    nginx.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void haproxy_acceptProxy_logsTheClient(String version) {
    String client = askAndFindClient("haproxy-" + version, "haproxy");
    haproxy.process().awaitPrinted(client, text -> text.contains("client=" + client + " "));
  }

  @Test
  void haproxy_acceptProxyV2_readsChecksumAuthorityAndUniqueId() {
    String client = askAndFindClient("haproxy-v2", "haproxy");
    haproxy
        .process()
        .awaitPrinted(
            client,
            text ->
                text.lines()
                    .anyMatch(
                        line ->
                            line.matches(
                                "client="
                                    + client
                                    + " authority=localhost id=[0-9A-F]{32} status=200")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void nginx_proxyProtocol_logsTheClient(String version) {
    String client = askAndFindClient("nginx-" + version, "nginx\n");
    String logged = client.replace(':', ' ') + " /client";
    nginx.process().awaitPrinted(logged, text -> text.contains(logged + "\n"));
  }

  @ParameterizedTest
  @CsvSource({"tcp,''", "http,-http"})
  void probes_withHeader_areNoErrorsToTheBackends(String type, String suffix) {
    for (String name : PORTS.keySet()) {
      String group = "group=\"" + name + suffix + "\"";
      await(type + " probes of " + name)
          .until(() -> steelyard.metrics().sum("steelyard_health_checks_total", group) >= 3);
      assertThat(
              steelyard.metrics().sum("steelyard_health_checks_total", group, "result=\"failure\""))
          .isZero();
    }
    assertThat(nginx.process().err()).isEmpty();
    assertThat(haproxy.process().out()).doesNotContainIgnoringCase("proxy protocol header");
    assertThat(haproxy.process().out().lines())
        .allMatch(line -> line.matches("client=.* status=(200|-1|400|408)"));
  }

  /**
   * One request from 127.0.0.7 with a client certificate; returns the client's address and port.
   */
  private static String askAndFindClient(String listener, String answer) {
    int port = PORTS.get(listener);
    List<String> command =
        List.of(
            PeerProcess.installed("curl"),
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--interface",
            CLIENT,
            "--cacert",
            "ca.crt",
            "--cert",
            "client.crt",
            "--key",
            "client.key",
            "--resolve",
            "localhost:" + port + ":127.0.0.1",
            "--write-out",
            "\\n%{local_ip}:%{local_port}",
            "https://localhost:" + port + "/client");
    try (PeerProcess curl = PeerProcess.start(directory, command)) {
      assertThat(curl.exit()).as("exit of curl, which printed %s", curl.err()).isZero();
      int end = curl.out().lastIndexOf('\n');
      assertThat(curl.out().substring(0, end)).isEqualTo(answer);
      String client = curl.out().substring(end + 1);
      assertThat(client).startsWith(CLIENT + ":");
      return client;
    }
  }
}
