package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.testkit.TlsClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every kind of key in every form it may come in, read and used by the executable, with either
 * engine and in either version of TLS: a client asks for each certificate by its name, shows one of
 * its own, agrees on a protocol, and gets its word back from a backend that speaks TLS itself. What
 * C code or reflection reaches at run time only is missing from an executable until a test like
 * this one finds it.
 */
class NativeKeysIT {

  private static final String PASSWORD = "correct horse";

  @TempDir private Path directory;

  private final Map<String, String> certificates = new LinkedHashMap<>();
  private final int port = LoopbackPorts.free();

  @ParameterizedTest
  @CsvSource({
    "boringssl, TLSv1.3",
    "boringssl, TLSv1.2",
    "jdk, TLSv1.3",
    "jdk, TLSv1.2",
  })
  void keys_ofEveryKindAndForm_areServed(String engine, String version) throws Exception {
    Authority authority = TestCertificates.authority("Test CA");
    issue(authority);
    authority.writePem(directory, "ca");
    SSLContext context = JdkTls.presenting(authority.issueClient("client.example"), authority);
    SSLContext backendContext = JdkTls.serving(authority.issueRsa("backend", "backend.example"));
    try (SocketBackend backend = SocketBackend.tls(backendContext, SocketBackend.echoing());
        SteelyardProcess steelyard =
            SteelyardProcess.in(directory)
                .set("STEELYARD_TLS_ENGINE", engine)
                .serve(document(backend))) {
      List<String> served = new ArrayList<>();
      for (String name : certificates.keySet()) {
        served.add(served(context, name, version));
      }
      assertThat(served).containsExactlyElementsOf(expected(engine, version));
      assertThat(
              steelyard
                  .metrics()
                  .sum("steelyard_build_info", "tls_engine", engine, "transport", "epoll"))
          .isEqualTo(1);
    }
  }

  @Test
  void certificateOfABackend_ofAnotherName_isRefused() throws Exception {
    Authority authority = TestCertificates.authority("Test CA");
    issue(authority);
    authority.writePem(directory, "ca");
    SSLContext context = JdkTls.presenting(authority.issueClient("client.example"), authority);
    SSLContext other = JdkTls.serving(authority.issueEc("other", "other.example"));
    try (SocketBackend backend = SocketBackend.tls(other, SocketBackend.echoing());
        SteelyardProcess steelyard = SteelyardProcess.in(directory).serve(document(backend))) {
      try (SSLSocket client = connect(context, "ec-256.example", "TLSv1.3")) {
        client.getOutputStream().write(1);
        assertThat(ends(client)).isTrue();
      }
      assertThat(steelyard.awaitAccessLog(1).getFirst().encode()).contains("certificate");
    }
  }

  /**
   * The JDK takes a key into TLS 1.2 only where its curve is among the groups on offer, and no
   * policy offers P-521.
   */
  private List<String> expected(String engine, String version) {
    return certificates.keySet().stream()
        .map(
            name ->
                name.equals("ec-521") && engine.equals("jdk") && version.equals("TLSv1.2")
                    ? name + " refused"
                    : name)
        .toList();
  }

  private void issue(Authority authority) throws IOException {
    Files.writeString(directory.resolve("password"), PASSWORD);
    String withPassword = ", key-password-file: password";
    for (int bits : new int[] {2048, 3072, 4096}) {
      leaf(authority, "rsa-" + bits, true, bits).writePem(directory, "rsa-" + bits);
      file("rsa-" + bits, "");
    }
    for (int bits : new int[] {256, 384, 521}) {
      leaf(authority, "ec-" + bits, false, bits).writePem(directory, "ec-" + bits);
      file("ec-" + bits, "");
    }
    for (boolean rsa : new boolean[] {true, false}) {
      String kind = rsa ? "rsa-" : "ec-";
      int bits = rsa ? 2048 : 256;
      leaf(authority, kind + "traditional", rsa, bits)
          .writeTraditional(directory, kind + "traditional");
      file(kind + "traditional", "");
      leaf(authority, kind + "legacy", rsa, bits)
          .writeLegacyEncrypted(directory, kind + "legacy", PASSWORD);
      file(kind + "legacy", withPassword);
      leaf(authority, kind + "pkcs8", rsa, bits)
          .writeEncryptedPkcs8(directory, kind + "pkcs8", PASSWORD);
      file(kind + "pkcs8", withPassword);
      String store =
          leaf(authority, kind + "pkcs12", rsa, bits)
              .writePkcs12(directory, kind + "pkcs12", PASSWORD)
              .getFileName()
              .toString();
      certificates.put(
          kind + "pkcs12",
          "{name: %spkcs12, pkcs12: %s, password-file: password}".formatted(kind, store));
    }
  }

  private static IssuedCertificate leaf(Authority authority, String name, boolean rsa, int bits) {
    TestCertificates.Leaf leaf = authority.leaf(name).sans(name + ".example");
    return (rsa ? leaf.rsa(bits) : leaf.ec("secp" + bits + "r1")).issue();
  }

  private void file(String name, String more) {
    certificates.put(
        name, "{name: %s, certificate: %s.crt, key: %s.key%s}".formatted(name, name, name, more));
  }

  private String document(SocketBackend backend) {
    return """
    listeners:
      - name: web
        protocol: tcpssl
        address: 127.0.0.1
        port: %d
        server-group: app
        tls:
          certificates: [%s]
          client-auth: {mode: required, ca: ca.crt, allow: {cn: [client.example]}}
          alpn: [h2, http/1.1]
    certificates:
      - %s
    server-groups:
      - name: app
        backend-protocol: tls
        backends: [{address: "%s"}]
        tls: {verify: full, ca: ca.crt, server-name: backend.example, certificate: ec-256}
        health-check: {type: tcp}
    """
        .formatted(
            port,
            String.join(", ", certificates.keySet()),
            String.join("\n  - ", certificates.values()),
            backend.address());
  }

  /** The common name of the certificate that a client is shown who asks for that one. */
  private String served(SSLContext context, String name, String version) throws Exception {
    try (SSLSocket client = connect(context, name + ".example", version)) {
      byte[] word = name.getBytes(StandardCharsets.UTF_8);
      client.getOutputStream().write(word);
      assertThat(client.getInputStream().readNBytes(word.length)).isEqualTo(word);
      assertThat(client.getApplicationProtocol()).isEqualTo("h2");
      SSLSession session = client.getSession();
      assertThat(session.getProtocol()).isEqualTo(version);
      return session.getPeerPrincipal().getName().replaceFirst("^CN=", "");
    } catch (SSLHandshakeException e) {
      return name + " refused";
    }
  }

  private SSLSocket connect(SSLContext context, String name, String version)
      throws IOException, GeneralSecurityException {
    SSLSocket client =
        TlsClient.of(context)
            .asking(name)
            .speaking(version)
            .offering("h2")
            .over(new Socket("127.0.0.1", port));
    client.startHandshake();
    return client;
  }

  private static boolean ends(SSLSocket client) {
    try {
      return client.getInputStream().read() < 0;
    } catch (IOException reset) {
      return true;
    }
  }
}
