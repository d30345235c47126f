package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.OpensslClient;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that change under a running process, seen by OpenSSL's own client: certificates, revocation
 * lists, OCSP responses, and tickets that outlive what they may and nothing else. Two processes
 * that share a file of ticket keys.
 */
class RenewedFilesIT {

  private static final String ONE_WAY = "mode: none";
  private static final String MUTUAL = "mode: required, ca: ../clients.crt, crl: ../clients.crl";
  private static final String[] ALICE = {"-cert", "alice.crt", "-key", "alice.key"};
  private static final String[] BOB = {"-cert", "bob.crt", "-key", "bob.key"};

  @TempDir Path directory;

  private final Authority servers = TestCertificates.authority("Servers CA");
  private final Authority clients = TestCertificates.authority("Clients CA");
  private final IssuedCertificate bob = clients.issueClient("bob");
  private final int port = LoopbackPorts.free();
  private final int replicaPort = LoopbackPorts.free();
  private SocketBackend backend;
  private SteelyardProcess steelyard;

  @BeforeEach
  void start() throws IOException {
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
    publish(servers.issueEc("first", "www.example"));
    clients.writePem(directory, "clients");
    clients.issueClient("alice").writePem(directory, "alice");
    bob.writePem(directory, "bob");
    clients.writeCrl(directory, "clients");
    byte[] key = new byte[48];
    key[7] = 7;
    Path keys = directory.resolve("ticket.keys");
    Files.writeString(keys, Base64.getEncoder().encodeToString(key) + "\n");
    Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void stop() {
    steelyard.close();
    backend.close();
  }

  /** The response first, so that it is never there without its certificate for long. */
  private void publish(IssuedCertificate certificate) throws IOException {
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    Files.write(directory.resolve("web.ocsp"), servers.ocsp(certificate.leaf(), tomorrow));
    certificate.writePem(directory, "web");
  }

  private String document(String clientAuth, int listeningPort) {
    return """
    listeners:
      - name: web
        protocol: tcpssl
        port: %d
        server-group: app
        tls:
          certificates: web
          client-auth: {%s}
          session: {key-file: ../ticket.keys}
    certificates:
      - {name: web, certificate: ../web.crt, key: ../web.key, ocsp-response: ../web.ocsp}
    server-groups:
      - name: app
        backends: [{address: "127.0.0.1:%d"}]
        health-check: {type: none}
    """
        .formatted(listeningPort, clientAuth, backend.port());
  }

  private SteelyardProcess serve(String name, String clientAuth, int listeningPort)
      throws IOException {
    Path own = Files.createDirectory(directory.resolve(name));
    return SteelyardProcess.in(own).serve(document(clientAuth, listeningPort));
  }

  private OpensslClient.Run ask(int asked, String[] own, String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + own.length);
    System.arraycopy(own, 0, all, arguments.length, own.length);
    return new OpensslClient(directory, asked).ask(all);
  }

  private OpensslClient.Run ask(String... arguments) {
    return ask(port, new String[0], arguments);
  }

  @Test
  void response_askedFor_isStapledAndRenewedWithItsCertificate() throws IOException {
    steelyard = serve("one", ONE_WAY, port);
    for (String version : new String[] {"-tls1_2", "-tls1_3"}) {
      assertThat(ask(version, "-status").printed())
          .contains("OCSP Response Status: successful", "Cert Status: good");
    }
    publish(servers.issueEc("second", "www.example"));
    Patience.await().until(() -> ask("-tls1_3").served().equals("second"));
    Patience.await().until(() -> ask("-tls1_3", "-status").printed().contains("Cert Status: good"));
    steelyard.awaitMetric(
        1, "steelyard_tls_certificate_reloads_total", "certificate=\"web\"", "result=\"success\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void ticket_acrossRenewalAndToAReplica_resumes(String version) throws IOException {
    steelyard = serve("one", ONE_WAY, port);
    assertThat(ask(version, "-sess_out", "kept").answered()).isTrue();
    try (SteelyardProcess replica = serve("two", ONE_WAY, replicaPort)) {
      OpensslClient.Run elsewhere = ask(replicaPort, new String[0], version, "-sess_in", "kept");
      assertThat(elsewhere.resumed()).as(elsewhere.printed()).isTrue();
      assertThat(elsewhere.answered()).isTrue();
    }
    publish(servers.issueEc("second", "www.example"));
    Patience.await().until(() -> ask(version).served().equals("second"));
    OpensslClient.Run again = ask(version, "-sess_in", "kept");
    assertThat(again.resumed()).as(again.printed()).isTrue();
    assertThat(again.answered()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void ticket_fromBeforeClientAuthentication_doesNotOpen(String version) throws IOException {
    steelyard = serve("one", ONE_WAY, port);
    assertThat(ask(version, "-sess_out", "before").answered()).isTrue();
    assertThat(ask(version, "-sess_in", "before").resumed()).isTrue();
    Files.writeString(directory.resolve("one/steelyard.yaml"), document(MUTUAL, port));
    Patience.await().until(() -> !ask(version).answered());
    OpensslClient.Run run = ask(version, "-sess_in", "before");
    assertThat(run.resumed()).isFalse();
    assertThat(run.answered()).isFalse();
    assertThat(ask(port, ALICE, version).answered()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void ticket_fromBeforeItsCertificateWasRevoked_doesNotOpen(String version) throws IOException {
    steelyard = serve("one", MUTUAL, port);
    assertThat(ask(port, BOB, version, "-sess_out", "bob").answered()).isTrue();
    assertThat(ask(port, BOB, version, "-sess_in", "bob").resumed()).isTrue();
    clients.writeCrl(directory, "clients", bob.leaf());
    Patience.await().until(() -> !ask(port, BOB, version).answered());
    OpensslClient.Run run = ask(port, BOB, version, "-sess_in", "bob");
    assertThat(run.resumed()).isFalse();
    assertThat(run.answered()).isFalse();
    assertThat(run.printed()).contains("alert certificate revoked");
    assertThat(ask(port, ALICE, version).answered()).isTrue();
    assertThat(
            steelyard
                .metrics()
                .sum("steelyard_tls_handshake_failures_total", "reason=\"client_cert_revoked\""))
        .isPositive();
  }
}
