package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.OpensslClient;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What OpenSSL's own client is served and refused: certificates by name and by what it can verify,
 * client certificates, tickets, old versions. One process with a one-way and a mutual listener that
 * have the same certificates.
 */
class OpensslClientsIT {

  private static final String[] WITH_CERTIFICATE = {"-cert", "client.crt", "-key", "client.key"};

  @TempDir static Path directory;

  private static SocketBackend backend;
  private static SteelyardProcess steelyard;
  private static int oneWayPort;
  private static int mutualPort;

  @BeforeAll
  static void start() {
    Authority servers = TestCertificates.authority("Servers CA");
    servers.writePem(directory, "ca");
    servers.issueEc("default-ec", "default.example").writePem(directory, "default");
    servers.issueEc("exact-ec", "www.example").writePem(directory, "exact-ec");
    servers.issueRsa("exact-rsa", "www.example").writePem(directory, "exact-rsa");
    servers.issueEc("wildcard-ec", "*.tenant.example").writePem(directory, "wildcard");
    Authority clients = TestCertificates.authority("Clients CA");
    clients.writePem(directory, "clients-ca");
    clients.issueClient("client").writePem(directory, "client");
    TestCertificates.authority("Clients CA")
        .issueClient("stranger")
        .writePem(directory, "stranger");
    backend =
        SocketBackend.running(
            socket -> {
              socket.getInputStream().read();
              socket
                  .getOutputStream()
                  .write("HTTP/1.0 200 OK\r\n\r\nserved\n".getBytes(StandardCharsets.US_ASCII));
              socket.shutdownOutput();
              socket.getInputStream().readAllBytes();
            });
    oneWayPort = LoopbackPorts.free();
    mutualPort = LoopbackPorts.free();
    steelyard =
        SteelyardProcess.in(directory)
            .serve(
                """
                listeners:
                  - name: one-way
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {certificates: [default, exact-ec, exact-rsa, wildcard]}
                  - name: mutual
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls:
                      certificates: [default, exact-ec, exact-rsa, wildcard]
                      client-auth: {mode: required, ca: clients-ca.crt}
                certificates:
                  - {name: default, certificate: default.crt, key: default.key}
                  - {name: exact-ec, certificate: exact-ec.crt, key: exact-ec.key}
                  - {name: exact-rsa, certificate: exact-rsa.crt, key: exact-rsa.key}
                  - {name: wildcard, certificate: wildcard.crt, key: wildcard.key}
                server-groups:
                  - name: app
                    backends: [{address: "127.0.0.1:%d"}]
                    health-check: {type: none}
                """
                    .formatted(oneWayPort, mutualPort, backend.port()));
  }

  @AfterAll
  static void stop() {
    steelyard.close();
    backend.close();
  }

  @ParameterizedTest
  @CsvSource({
    "-servername www.example,exact-ec",
    "-servername WWW.Example,exact-ec",
    "-servername shop.tenant.example,wildcard-ec",
    "-servername a.b.tenant.example,default-ec",
    "-servername unknown.example,default-ec",
    "-noservername,default-ec"
  })
  void certificate_byServerName_isServed(String arguments, String expected) {
    OpensslClient.Run run = oneWay().ask(arguments.split(" "));
    assertThat(run.served()).isEqualTo(expected);
    assertThat(run.answered()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384,exact-rsa",
    "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256,exact-ec",
    "-tls1_2 -sigalgs rsa_pss_rsae_sha256:RSA+SHA256,exact-rsa",
    "-tls1_2,exact-ec",
    "-tls1_3 -sigalgs rsa_pss_rsae_sha256,exact-rsa",
    "-tls1_3 -sigalgs rsa_pss_rsae_sha256:ECDSA+SHA256,exact-ec",
    "-tls1_3,exact-ec"
  })
  void certificate_byKeyTypeTheClientCanVerify_isServed(String arguments, String expected) {
    OpensslClient.Run run = oneWay().ask((arguments + " -servername www.example").split(" "));
    assertThat(run.served()).isEqualTo(expected);
    assertThat(run.answered()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void mutual_rightCertificate_isServed(String version) {
    OpensslClient.Run run = mutual().ask(with(version, WITH_CERTIFICATE));
    assertThat(run.answered()).as(run.printed()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2,handshake failure", "-tls1_3,certificate required"})
  void mutual_noCertificate_isRefused(String version, String alert) {
    double before = failures("client_cert_missing");
    OpensslClient.Run run = mutual().ask(version);
    assertThat(run.answered()).isFalse();
    assertThat(run.printed()).contains("alert " + alert);
    steelyard.awaitMetric(
        before + 1, "steelyard_tls_handshake_failures_total", reason("client_cert_missing"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void mutual_certificateOfAnotherCaWithTheSameName_isRefused(String version) {
    double before = failures("client_cert_invalid");
    OpensslClient.Run run = mutual().ask(version, "-cert", "stranger.crt", "-key", "stranger.key");
    assertThat(run.answered()).isFalse();
    assertThat(run.printed()).containsPattern("alert (unknown ca|bad certificate|decrypt error)");
    steelyard.awaitMetric(
        before + 1, "steelyard_tls_handshake_failures_total", reason("client_cert_invalid"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void ticket_ofTheOneWayListener_resumesThereAndDoesNotOpenTheMutualOne(String version) {
    String file = "one-way" + version + ".session";
    assertThat(oneWay().ask(version, "-sess_out", file).answered()).isTrue();
    OpensslClient.Run elsewhere = mutual().ask(version, "-sess_in", file);
    assertThat(elsewhere.answered()).isFalse();
    assertThat(elsewhere.resumed()).isFalse();
    OpensslClient.Run again = oneWay().ask(version, "-sess_in", file);
    assertThat(again.resumed()).as(again.printed()).isTrue();
    assertThat(again.answered()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void ticket_ofTheMutualListener_resumesThereWithItsCertificate(String version) {
    String file = "mutual" + version + ".session";
    assertThat(mutual().ask(with(version, "-sess_out", file, WITH_CERTIFICATE)).answered())
        .isTrue();
    OpensslClient.Run again = mutual().ask(with(version, "-sess_in", file, WITH_CERTIFICATE));
    assertThat(again.resumed()).as(again.printed()).isTrue();
    assertThat(again.answered()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1", "-tls1_1"})
  void oldVersion_ofAnAbleClient_isRefusedWithItsAlert(String version) {
    OpensslClient.Run run = oneWay().ask(version, "-cipher", "DEFAULT@SECLEVEL=0");
    assertThat(run.answered()).isFalse();
    assertThat(run.printed()).contains("alert protocol version");
  }

  @Test
  void suite_outsideThePolicy_isRefusedWithItsAlert() {
    double before = failures("no_shared_cipher");
    OpensslClient.Run run = oneWay().ask("-tls1_2", "-cipher", "AES128-SHA");
    assertThat(run.answered()).isFalse();
    assertThat(run.printed()).contains("alert handshake failure");
    steelyard.awaitMetric(
        before + 1, "steelyard_tls_handshake_failures_total", reason("no_shared_cipher"));
  }

  private static OpensslClient oneWay() {
    return new OpensslClient(directory, oneWayPort);
  }

  private static OpensslClient mutual() {
    return new OpensslClient(directory, mutualPort);
  }

  private static double failures(String reason) {
    return steelyard.metrics().sum("steelyard_tls_handshake_failures_total", reason(reason));
  }

  private static String reason(String reason) {
    return "reason=\"" + reason + "\"";
  }

  private static String[] with(String version, String... more) {
    return join(new String[] {version}, more);
  }

  private static String[] with(String version, String option, String value, String... more) {
    return join(new String[] {version, option, value}, more);
  }

  private static String[] join(String[] some, String... more) {
    String[] all = java.util.Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }
}
