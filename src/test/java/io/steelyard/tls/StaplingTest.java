package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.steelyard.config.Problem;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCSP responses go along with their certificate as long as they are good. */
class StaplingTest {

  private static final Authority SERVERS = TestCertificates.authority("Servers");
  private static final IssuedCertificate SERVER = SERVERS.issueEc("www", "www.example.com");
  private static final IssuedCertificate RSA = SERVERS.issueRsa("www", "www.example.com");
  private static final Instant TOMORROW = Instant.now().plus(Duration.ofDays(1));
  private static final byte[] GOOD = SERVERS.ocsp(SERVER.leaf(), TOMORROW);

  @TempDir Path directory;

  private Path file(byte[] content) throws IOException {
    return Files.write(directory.resolve("web.ocsp"), content);
  }

  private TlsDocuments setup(byte[] response) throws IOException {
    return new TlsDocuments(directory).stapled("web", SERVER, file(response));
  }

  private static Optional<byte[]> stapled(ServerTls tls, String version) {
    try (TestClient client =
            TestClient.boringSsl(builder -> builder.protocols(version).enableOcsp(true));
        Handshake handshake = Handshake.run(tls, client.connect("www.example.com"))) {
      handshake.exchange();
      var engine = (ReferenceCountedOpenSslEngine) handshake.clientSide().engine();
      return Optional.ofNullable(engine.getOcspResponse());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void response_good_isStapledUntilItGoesStale(String version) throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (ServerTls tls = setup(GOOD).clock(now::get).prepare(TlsEngine.BORINGSSL)) {
      assertThat(stapled(tls, version)).contains(GOOD);
      now.set(TOMORROW.plusSeconds(1));
      assertThat(stapled(tls, version)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void response_ofOneOfTwoCertificates_goesWithItAlone(String version) throws IOException {
    TlsDocuments setup = setup(GOOD).with("other", SERVERS.issueEc("other", "other.test"));
    try (ServerTls tls = setup.prepare(TlsEngine.BORINGSSL);
        TestClient client =
            TestClient.boringSsl(builder -> builder.protocols(version).enableOcsp(true));
        Handshake handshake = Handshake.run(tls, client.connect("other.test"))) {
      handshake.exchange();
      var engine = (ReferenceCountedOpenSslEngine) handshake.clientSide().engine();
      assertThat(engine.getOcspResponse()).isNull();
    }
  }

  @Test
  void response_inBase64_isReadToo() throws IOException {
    byte[] text = Base64.getMimeEncoder().encode(GOOD);
    try (ServerTls tls = setup(text).prepare(TlsEngine.BORINGSSL)) {
      assertThat(stapled(tls, "TLSv1.3")).contains(GOOD);
    }
  }

  @Test
  void response_notAskedFor_isNotSent() throws IOException {
    try (ServerTls tls = setup(GOOD).prepare(TlsEngine.BORINGSSL);
        TestClient client = TestClient.plain();
        Handshake handshake = Handshake.run(tls, client.connect("www.example.com"))) {
      assertThat(handshake.exchange().facts().certificate()).isEqualTo("web");
    }
  }

  private List<Problem> problems(byte[] response, TlsEngine engine) throws IOException {
    return setup(response).problems(engine);
  }

  private static String words(Problem problem) {
    return problem.severity() + " " + problem.path() + ": " + problem.found();
  }

  @Test
  void response_wrong_isAProblem() throws IOException {
    String at = "ERROR certificates[web].ocsp-response: " + directory.resolve("web.ocsp");
    assertThat(problems("nothing".getBytes(), TlsEngine.BORINGSSL))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(words(problem))
                    .isEqualTo(at + " that cannot be read as an OCSP response"));
    assertThat(problems(SERVERS.ocsp(RSA.leaf(), TOMORROW), TlsEngine.BORINGSSL))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(words(problem)).isEqualTo(at + ", which is about another certificate"));
    byte[] forged = GOOD.clone();
    forged[forged.length - 5] ^= 1;
    assertThat(problems(forged, TlsEngine.BORINGSSL))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(words(problem))
                    .isEqualTo(at + ", not signed by the certificate's issuer"));
  }

  @Test
  void response_notToBeShown_isAWarningAndLeftOut() throws IOException {
    byte[] stale = SERVERS.ocsp(SERVER.leaf(), Instant.parse("2025-01-01T00:00:00Z"));
    assertThat(problems(stale, TlsEngine.BORINGSSL))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(words(problem))
                    .isEqualTo(
                        "WARNING certificates[web].ocsp-response: an OCSP response that went stale"
                            + " on 2025-01-01T00:00:00Z: not stapled"));
    byte[] revoked = SERVERS.ocspRevoked(SERVER.leaf());
    assertThat(problems(revoked, TlsEngine.BORINGSSL))
        .singleElement()
        .satisfies(problem -> assertThat(words(problem)).contains("says revoked since"));
    try (ServerTls tls = setup(revoked).prepare(TlsEngine.BORINGSSL)) {
      assertThat(stapled(tls, "TLSv1.3")).isEmpty();
    }
  }

  @Test
  void response_onTheJdk_isAWarning() throws IOException {
    assertThat(problems(GOOD, TlsEngine.JDK))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(words(problem))
                    .isEqualTo(
                        "WARNING certificates[web].ocsp-response: without effect with the JDK's TLS"
                            + " engine"));
  }
}
