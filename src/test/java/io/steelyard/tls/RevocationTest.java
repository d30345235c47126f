package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.Problem;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.ServerTls.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Revoked clients stay out, on both engines and in both versions, and so do their tickets. */
class RevocationTest {

  private static final Authority SERVERS = TestCertificates.authority("Servers");
  private static final Authority CLIENTS = TestCertificates.authority("Clients");
  private static final Authority BRANCH = CLIENTS.intermediate("Branch");
  private static final Authority STRANGERS = TestCertificates.authority("Strangers");
  private static final IssuedCertificate SERVER = SERVERS.issueEc("www", "www.example.com");
  private static final IssuedCertificate ALICE = CLIENTS.issueClient("alice");
  private static final IssuedCertificate BOB = CLIENTS.issueClient("bob");
  private static final IssuedCertificate CAROL = BRANCH.issueClient("carol");
  private static final Instant TOMORROW = Instant.now().plus(Duration.ofDays(1));

  private static final String PEM_BEGIN = "-----BEGIN CERTIFICATE-----\n";
  private static final String PEM_END = "\n-----END CERTIFICATE-----\n";

  @TempDir Path directory;

  static Stream<Arguments> enginesAndVersions() {
    return Arrays.stream(TlsEngine.values())
        .flatMap(
            engine -> Stream.of(Arguments.of(engine, "TLSv1.2"), Arguments.of(engine, "TLSv1.3")));
  }

  private TlsDocuments setup(Path... crl) {
    return trusting(CLIENTS.writePem(directory, "clients"), crl);
  }

  private TlsDocuments trusting(Path ca, Path... crl) {
    return new TlsDocuments(directory)
        .with("web", SERVER)
        .clientAuth(
            new ClientAuth(Mode.REQUIRED, Optional.of(ca), 3, Optional.empty(), List.of(crl)));
  }

  private Path der(String name, byte[] list) {
    try {
      return Files.write(directory.resolve(name + ".crl"), list);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TestClient client(String version, IssuedCertificate own) {
    return TestClient.boringSsl(
        builder -> TestClient.certificate(own).accept(builder.protocols(version)));
  }

  private static void assertServed(ServerTls tls, String version, IssuedCertificate own) {
    try (TestClient client = client(version, own);
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      handshake.exchange();
      assertThat(handshake.facts().clientCertificate()).contains(own.leaf());
    }
  }

  private static HandshakeFailure refusal(ServerTls tls, String version, IssuedCertificate own) {
    try (TestClient client = client(version, own);
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      return handshake.failure();
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_listedClient_isRevokedAndOthersAreServed(TlsEngine engine, String version) {
    Path crl = CLIENTS.writeCrl(directory, "clients", BOB.leaf());
    try (ServerTls tls = setup(crl).prepare(engine)) {
      assertServed(tls, version, ALICE);
      assertThat(refusal(tls, version, BOB)).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_intermediateAuthority_isChecked(TlsEngine engine, String version) {
    Path root = CLIENTS.writeCrl(directory, "root");
    Path branch = BRANCH.writeCrl(directory, "branch");
    try (ServerTls tls = setup(root, branch).prepare(engine)) {
      assertServed(tls, version, CAROL);
    }
    Path revoking = CLIENTS.writeCrl(directory, "revoking", BRANCH.certificate());
    try (ServerTls tls = setup(revoking, branch).prepare(engine)) {
      assertThat(refusal(tls, version, CAROL)).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
      assertServed(tls, version, ALICE);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_noneOfAnIssuer_isRefused(TlsEngine engine, String version) {
    try (ServerTls tls = setup(CLIENTS.writeCrl(directory, "root")).prepare(engine)) {
      assertThat(refusal(tls, version, CAROL)).isEqualTo(HandshakeFailure.CLIENT_CERT_INVALID);
      assertServed(tls, version, ALICE);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_ofTheNameButAnotherKey_isNoneOfTheIssuer(TlsEngine engine, String version) {
    Authority impostor = CLIENTS.intermediate("Branch");
    Path root = CLIENTS.writeCrl(directory, "root");
    Path wrong = impostor.writeCrl(directory, "wrong");
    try (ServerTls tls = setup(root, wrong).prepare(engine)) {
      assertThat(refusal(tls, version, CAROL)).isEqualTo(HandshakeFailure.CLIENT_CERT_INVALID);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_runsOutWhileInUse_isRefusedFromThen(TlsEngine engine, String version) {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    Path crl = CLIENTS.writeCrl(directory, "clients");
    try (ServerTls tls = setup(crl).clock(now::get).prepare(engine)) {
      assertServed(tls, version, ALICE);
      now.set(TOMORROW.plusSeconds(3600));
      assertThat(refusal(tls, version, ALICE)).isEqualTo(HandshakeFailure.CLIENT_CERT_INVALID);
    }
  }

  private Path bundle(String... pem) {
    try {
      return Files.writeString(directory.resolve("bundle.crt"), String.join("", pem));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_listsAnIntermediateOfTheBundle_revokesAllBelowIt(TlsEngine engine, String version) {
    Path ca = bundle(CLIENTS.pem(), BRANCH.pem());
    Path branch = BRANCH.writeCrl(directory, "branch");
    try (ServerTls tls =
        trusting(ca, CLIENTS.writeCrl(directory, "root"), branch).prepare(engine)) {
      assertServed(tls, version, CAROL);
    }
    Path revoking = CLIENTS.writeCrl(directory, "revoking", BRANCH.certificate());
    try (ServerTls tls = trusting(ca, revoking, branch).prepare(engine)) {
      assertThat(refusal(tls, version, CAROL)).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
      assertServed(tls, version, ALICE);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_listsAClientOfTheBundle_isRevoked(TlsEngine engine, String version) {
    String bob = PEM_BEGIN + Base64.getMimeEncoder().encodeToString(encoded(BOB)) + PEM_END;
    Path ca = bundle(CLIENTS.pem(), bob);
    Path crl = CLIENTS.writeCrl(directory, "clients", BOB.leaf());
    try (ServerTls tls = trusting(ca, crl).prepare(engine)) {
      assertThat(refusal(tls, version, BOB)).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
    }
  }

  private static byte[] encoded(IssuedCertificate certificate) {
    try {
      return certificate.leaf().getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void crl_ofAnotherAuthorityOfTheName_isNoneOfItsOwn(TlsEngine engine, String version) {
    Authority twin = TestCertificates.authority("Clients");
    Path ca = bundle(CLIENTS.pem(), twin.pem());
    Path ofTheTwin = twin.writeCrl(directory, "twin", ALICE.leaf());
    Path own = CLIENTS.writeCrl(directory, "own", BOB.leaf());
    try (ServerTls tls = trusting(ca, ofTheTwin, own).prepare(engine)) {
      assertServed(tls, version, ALICE);
      assertThat(refusal(tls, version, BOB)).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
    }
  }

  @Test
  void refusal_revoked_sendsItsAlert() {
    Path crl = CLIENTS.writeCrl(directory, "clients", BOB.leaf());
    try (ServerTls tls = setup(crl).prepare(TlsEngine.BORINGSSL);
        TestClient client =
            TestClient.jdk(
                builder -> TestClient.certificate(BOB).accept(builder.protocols("TLSv1.2")));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.clientFailure()).contains("certificate_revoked");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_fromBeforeTheListWasRenewed_doesNotResume(String version) throws IOException {
    Path crl = CLIENTS.writeCrl(directory, "clients");
    try (ServerTls before = setup(crl).prepare(TlsEngine.BORINGSSL);
        TestClient bob = client(version, BOB);
        TestClient alice = client(version, ALICE)) {
      assertThat(resumed(before, bob)).isFalse();
      assertThat(resumed(before, alice)).isFalse();
      assertThat(resumed(before, alice)).isTrue();
      CLIENTS.writeCrl(directory, "clients", BOB.leaf());
      try (ServerTls after = setup(crl).after(before).prepare(TlsEngine.BORINGSSL)) {
        assertThat(resumed(after, alice)).isFalse();
        try (TestClient again = client(version, ALICE)) {
          assertThat(resumed(after, again)).isFalse();
          assertThat(resumed(after, again)).isTrue();
        }
        try (Handshake handshake = Handshake.run(after, bob.connect(""))) {
          assertThat(handshake.failure()).isEqualTo(HandshakeFailure.CLIENT_CERT_REVOKED);
        }
      }
    }
  }

  private static boolean resumed(ServerTls tls, TestClient client) {
    try (Handshake handshake = Handshake.run(tls, client.connect(""))) {
      return handshake.exchange().facts().resumed();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumption_listRanOutSince_isRejected(String version) {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    Path root = CLIENTS.writeCrl(directory, "root");
    Path branch = BRANCH.writeCrl(directory, "branch");
    try (ServerTls tls = setup(root, branch).clock(now::get).prepare(TlsEngine.BORINGSSL);
        TestClient client = client(version, CAROL)) {
      assertThat(resumed(tls, client)).isFalse();
      assertThat(resumed(tls, client)).isTrue();
      now.set(TOMORROW.plusSeconds(3600));
      try (Handshake handshake = Handshake.run(tls, client.connect(""))) {
        assertThat(handshake.outcome())
            .isEqualTo(new Outcome.Rejected(HandshakeFailure.CLIENT_CERT_INVALID));
      }
    }
  }

  private List<String> problems(Path... crl) {
    return setup(crl).problems(TlsEngine.BORINGSSL).stream()
        .filter(problem -> problem.path().contains("crl"))
        .map(RevocationTest::words)
        .toList();
  }

  private static String words(Problem problem) {
    return problem.severity() + " " + problem.path() + ": " + problem.found();
  }

  @Test
  void crl_unusable_isAProblemThatSaysWhy() throws IOException {
    Path absent = directory.resolve("absent.crl");
    Path garbage = Files.writeString(directory.resolve("garbage.crl"), "nothing of the kind");
    Path broken =
        Files.writeString(
            directory.resolve("broken.crl"),
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    Authority impostor = TestCertificates.authority("Clients");
    Path forged = impostor.writeCrl(directory, "forged");
    String at = "ERROR listeners[web].tls.client-auth.crl";
    assertThat(problems(absent, garbage, broken, forged))
        .containsExactly(
            at + "[0]: " + absent + ", which does not exist",
            at + "[1]: " + garbage + " without a revocation list",
            at + "[2]: " + broken + " that cannot be read as revocation lists",
            at + "[3]: " + forged + ", the list of CN=Clients, not signed by it");
  }

  @Test
  void crl_deltaThatDoesNotInsist_isAProblemAllTheSame() {
    Path delta = der("delta", CLIENTS.deltaCrl(TOMORROW));
    assertThat(problems(delta))
        .contains(
            "ERROR listeners[web].tls.client-auth.crl[0]: "
                + delta
                + ", a delta, indirect or partial list");
  }

  @Test
  void crl_outOfDateOrOfOthers_isAWarning() {
    Instant yesterday = Instant.parse("2025-01-01T00:00:00Z");
    Path old = der("old", CLIENTS.crl(yesterday));
    assertThat(problems(old))
        .containsExactly(
            "WARNING listeners[web].tls.client-auth.crl[0]: "
                + old
                + ", the list of CN=Clients, out of date since 2025-01-01T00:00:00Z");
    assertThat(problems(STRANGERS.writeCrl(directory, "strangers")))
        .containsExactly("WARNING listeners[web].tls.client-auth.crl: no list of CN=Clients");
  }
}
