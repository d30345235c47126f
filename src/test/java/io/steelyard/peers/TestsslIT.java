package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * testssl.sh against listeners with the policies {@code intermediate} and {@code modern}, with an
 * ECDSA and an RSA certificate each: its checks of protocols, cipher categories, forward secrecy,
 * server preference and known vulnerabilities. Nothing may be worse than "OK" or a remark. (Its
 * checks of the certificate's trust and revocation are left out: the test's certificate is
 * nobody's.)
 */
class TestsslIT {

  private static final Set<String> HARMLESS = Set.of("OK", "INFO");

  /** What must have been looked at, or the run proves nothing. */
  private static final List<String> CHECKS =
      List.of(
          "SSLv2",
          "SSLv3",
          "TLS1",
          "TLS1_1",
          "TLS1_2",
          "TLS1_3",
          "cipherlist_NULL",
          "cipherlist_aNULL",
          "cipherlist_EXPORT",
          "cipherlist_LOW",
          "cipherlist_3DES_IDEA",
          "heartbleed",
          "CCS",
          "ticketbleed",
          "ROBOT",
          "secure_renego",
          "secure_client_renego",
          "CRIME_TLS",
          "BREACH",
          "POODLE_SSL",
          "FREAK",
          "DROWN",
          "LOGJAM",
          "BEAST",
          "LUCKY13",
          "RC4");

  @TempDir static Path directory;

  private static final Map<String, Integer> PORTS = new HashMap<>();
  private static Nginx backend;
  private static SteelyardProcess steelyard;

  @BeforeAll
  static void start() {
    Authority authority = TestCertificates.authority("Test CA");
    authority.issueEc("localhost", "localhost").writePem(directory, "ec");
    authority.issueRsa("localhost", "localhost").writePem(directory, "rsa");
    backend = Nginx.named(directory, "backend");
    PORTS.put("intermediate", LoopbackPorts.free());
    PORTS.put("modern", LoopbackPorts.free());
    steelyard =
        SteelyardProcess.in(directory)
            .serve(
                """
                listeners:
                  - name: intermediate
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {policy: intermediate, certificates: [ec, rsa]}
                  - name: modern
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {policy: modern, certificates: [ec, rsa]}
                certificates:
                  - {name: ec, certificate: ec.crt, key: ec.key}
                  - {name: rsa, certificate: rsa.crt, key: rsa.key}
                server-groups:
                  - name: app
                    backends: [{address: "%s"}]
                """
                    .formatted(PORTS.get("intermediate"), PORTS.get("modern"), backend.address()));
  }

  @AfterAll
  static void stop() {
    steelyard.close();
    backend.close();
  }

  @Test
  void intermediate_allChecks_findNothingWeak() throws IOException {
    Map<String, JsonObject> findings = test("intermediate");
    assertThat(finding(findings, "TLS1_2")).startsWith("offered");
    assertThat(finding(findings, "TLS1_3")).startsWith("offered");
    // In a server without TLS 1.2 testssl.sh reports this one under another's name.
    assertThat(finding(findings, "SWEET32")).startsWith("not vulnerable");
  }

  @Test
  void modern_allChecks_findNothingWeakAndOnlyTls13() throws IOException {
    Map<String, JsonObject> findings = test("modern");
    assertThat(finding(findings, "TLS1_2")).isEqualTo("not offered");
    assertThat(finding(findings, "TLS1_3")).startsWith("offered");
  }

  private static String finding(Map<String, JsonObject> findings, String id) {
    return findings.get(id).getString("finding");
  }

  private static Map<String, JsonObject> test(String policy) throws IOException {
    Path json = directory.resolve(policy + ".json");
    List<String> command =
        List.of(
            PeerProcess.installed("testssl"),
            "--openssl",
            PeerProcess.installed("openssl"),
            "--openssl-timeout",
            "10",
            "--connect-timeout",
            "10",
            "--warnings",
            "off",
            "--nodns",
            "none",
            "--color",
            "0",
            "--quiet",
            "--jsonfile",
            json.toString(),
            "--protocols",
            "--std",
            "--pfs",
            "--server-preference",
            "--vulnerable",
            "127.0.0.1:" + PORTS.get(policy));
    String printed;
    try (PeerProcess testssl = PeerProcess.start(directory, command)) {
      testssl.exit();
      printed = testssl.printed();
    }
    assertThat(json).as("testssl.sh printed %s", printed).exists();
    Map<String, JsonObject> findings = new HashMap<>();
    for (Object element : new JsonArray(Files.readString(json))) {
      JsonObject finding = (JsonObject) element;
      findings.put(finding.getString("id"), finding);
    }
    assertThat(findings)
        .as("testssl.sh printed %s", printed)
        .containsKeys(CHECKS.toArray(String[]::new));
    assertThat(findings.values())
        .filteredOn(finding -> !HARMLESS.contains(finding.getString("severity")))
        .isEmpty();
    return findings;
  }
}
