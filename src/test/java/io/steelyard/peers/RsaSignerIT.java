package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.OpensslClient;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that signs with the machine's OpenSSL, as OpenSSL's own client sees it. */
class RsaSignerIT {

  @TempDir static Path directory;

  private static SocketBackend backend;
  private static SteelyardProcess steelyard;
  private static int oneWayPort;
  private static int mutualPort;

  @BeforeAll
  static void start() {
    Authority servers = TestCertificates.authority("Servers CA");
    servers.writePem(directory, "ca");
    servers.issueRsa("web", "www.example").writePem(directory, "web");
    Authority clients = TestCertificates.authority("Clients CA");
    clients.writePem(directory, "clients-ca");
    clients.issueClient("client").writePem(directory, "client");
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
            .set("STEELYARD_RSA_SIGNER", "openssl")
            .serve(
                """
                listeners:
                  - name: one-way
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {certificates: [web], policy: tls-1-0-with-1-3, allow-legacy-tls: true}
                  - name: mutual
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls:
                      certificates: [web]
                      client-auth: {mode: required, ca: clients-ca.crt}
                certificates:
                  - {name: web, certificate: web.crt, key: web.key}
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

  @Test
  void startLine_namesTheLibrary() {
    assertThat(steelyard.log()).contains("tls-handler=native rsa-signer=\"OpenSSL 3.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-tls1_3",
        "-tls1_3 -sigalgs rsa_pss_rsae_sha512",
        "-tls1_2",
        "-tls1_2 -sigalgs rsa_pss_rsae_sha384",
        "-tls1_2 -sigalgs RSA+SHA256",
        "-tls1_2 -sigalgs RSA+SHA1 -cipher DEFAULT@SECLEVEL=0",
        "-tls1_2 -cipher AES128-GCM-SHA256",
        "-tls1_1 -cipher ECDHE-RSA-AES128-SHA@SECLEVEL=0"
      })
  void client_everyWayToSignAndTheKeyExchange_isServed(String arguments) {
    String all = arguments + " -servername www.example -CAfile ca.crt -verify_return_error";
    OpensslClient.Run run = new OpensslClient(directory, oneWayPort).ask(all.split(" "));
    assertThat(run.answered()).as(run.printed()).isTrue();
    assertThat(run.served()).isEqualTo("web");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void clientCertificate_isVerified(String version) {
    OpensslClient mutual = new OpensslClient(directory, mutualPort);
    assertThat(mutual.ask(version, "-cert", "client.crt", "-key", "client.key").answered())
        .isTrue();
    assertThat(mutual.ask(version, "-cert", "web.crt", "-key", "web.key").answered()).isFalse();
    assertThat(mutual.ask(version).answered()).isFalse();
  }

  /** The loader meets a file of that name that is no library, and gives up. */
  private static SteelyardProcess.Launch withoutLibrary(String name, String signer)
      throws IOException {
    Path own = Files.createDirectory(directory.resolve(name));
    Files.createFile(own.resolve("libcrypto.so.3"));
    for (String file : List.of("web.crt", "web.key")) {
      Files.copy(directory.resolve(file), own.resolve(file));
    }
    return SteelyardProcess.in(own)
        .set("LD_LIBRARY_PATH", own.toString())
        .set("STEELYARD_RSA_SIGNER", signer);
  }

  @Test
  void openSsl_thatCannotBeLoaded_endsTheStart() throws Exception {
    try (SteelyardProcess missing = withoutLibrary("asked", "openssl").run("demo")) {
      assertThat(missing.process().exit()).isEqualTo(1);
      assertThat(missing.log())
          .contains("steelyard: steelyard.rsa-signer=openssl cannot be used: this machine has no")
          .doesNotContain(" started ");
    }
  }

  @Test
  void auto_libraryThatCannotBeLoaded_leavesItToBoringSsl() throws Exception {
    int port = LoopbackPorts.free();
    String document =
        """
        listeners:
          - name: web
            protocol: tcpssl
            port: %d
            server-group: app
            tls: {certificates: [web]}
        certificates:
          - {name: web, certificate: web.crt, key: web.key}
        server-groups:
          - name: app
            backends: [{address: "127.0.0.1:%d"}]
            health-check: {type: none}
        """
            .formatted(port, backend.port());
    try (SteelyardProcess without = withoutLibrary("auto", "auto").serve(document)) {
      assertThat(new OpensslClient(directory, port).ask("-tls1_3").answered()).isTrue();
      assertThat(without.log()).doesNotContain("rsa-signer");
    }
  }
}
