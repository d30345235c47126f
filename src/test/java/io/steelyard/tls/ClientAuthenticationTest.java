package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.Problem;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Client certificates are asked for, verified and told apart, on both engines and in both versions.
 */
class ClientAuthenticationTest {

  private static final Authority SERVERS = TestCertificates.authority("Servers");
  private static final Authority CLIENTS = TestCertificates.authority("Clients");
  private static final Authority STRANGERS = TestCertificates.authority("Strangers");
  private static final IssuedCertificate SERVER = SERVERS.issueEc("www", "www.example.com");

  @TempDir Path directory;

  static Stream<Arguments> enginesAndVersions() {
    List<Arguments> all = new ArrayList<>();
    for (TlsEngine engine : TlsEngine.values()) {
      all.add(Arguments.of(engine, "TLSv1.2"));
      all.add(Arguments.of(engine, "TLSv1.3"));
    }
    return all.stream();
  }

  private ServerTls prepare(TlsEngine engine, ClientAuth auth) {
    return new TlsDocuments(directory).with("web", SERVER).clientAuth(auth).prepare(engine);
  }

  private ClientAuth auth(Mode mode, Authority authority) {
    return new ClientAuth(
        mode, Optional.of(authority.writePem(directory, "clients-ca")), 3, Optional.empty());
  }

  private ClientAuth allowing(AllowRules rules) {
    ClientAuth auth = auth(Mode.REQUIRED, CLIENTS);
    return new ClientAuth(auth.mode(), auth.ca(), auth.depth(), Optional.of(rules));
  }

  private static TestClient client(String version, IssuedCertificate own) {
    return TestClient.boringSsl(
        builder -> TestClient.certificate(own).accept(builder.protocols(version)));
  }

  private static void assertServed(ServerTls tls, TestClient client, IssuedCertificate own) {
    try (tls;
        client;
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      handshake.exchange();
      assertThat(handshake.facts().clientCertificate()).contains(own.leaf());
    }
  }

  private static void assertRefused(ServerTls tls, TestClient client, HandshakeFailure failure) {
    try (tls;
        client;
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.failure()).isEqualTo(failure);
    }
  }

  /** In TLS 1.3 a client's own handshake is done before, and Netty's handlers then tell nobody. */
  private static String alert(ServerTls tls, TestClient client) {
    try (tls;
        client;
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      return handshake.clientFailure();
    }
  }

  private static TestClient jdkClient(String version, IssuedCertificate own) {
    return TestClient.jdk(
        builder -> TestClient.certificate(own).accept(builder.protocols(version)));
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_goodCertificate_isServed(TlsEngine engine, String version) {
    IssuedCertificate own = CLIENTS.issueClient("alice");
    assertServed(prepare(engine, auth(Mode.REQUIRED, CLIENTS)), client(version, own), own);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_rsaCertificate_isServed(TlsEngine engine, String version) {
    IssuedCertificate own =
        CLIENTS.leaf("bob").rsa(2048).extendedKeyUsage(KeyPurposeId.id_kp_clientAuth).issue();
    assertServed(prepare(engine, auth(Mode.REQUIRED, CLIENTS)), client(version, own), own);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_none_isMissing(TlsEngine engine, String version) {
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, CLIENTS)),
        TestClient.version(version),
        HandshakeFailure.CLIENT_CERT_MISSING);
  }

  @Test
  void refusals_onBoringSsl_sendTheirAlerts() {
    String version = "TLSv1.2";
    IssuedCertificate old =
        CLIENTS.leaf("old").expired().extendedKeyUsage(KeyPurposeId.id_kp_clientAuth).issue();
    AllowRules nobody = new AllowRules(List.of("nobody"), List.of(), List.of(), List.of());
    ClientAuth required = auth(Mode.REQUIRED, CLIENTS);
    assertThat(
            alert(
                prepare(TlsEngine.BORINGSSL, required),
                TestClient.jdk(builder -> builder.protocols(version))))
        .contains("handshake_failure");
    assertThat(alert(prepare(TlsEngine.BORINGSSL, required), jdkClient(version, old)))
        .contains("certificate_expired");
    assertThat(
            alert(
                prepare(TlsEngine.BORINGSSL, required),
                jdkClient(version, STRANGERS.issueClient("mallory"))))
        .contains("unknown_ca");
    assertThat(
            alert(
                prepare(TlsEngine.BORINGSSL, required),
                jdkClient(version, CLIENTS.issueEc("server"))))
        .contains("unsupported_certificate");
    assertThat(
            alert(
                prepare(TlsEngine.BORINGSSL, allowing(nobody)),
                jdkClient(version, CLIENTS.issueClient("alice"))))
        .contains("bad_certificate");
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_otherAuthority_isInvalid(TlsEngine engine, String version) {
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, CLIENTS)),
        client(version, STRANGERS.issueClient("mallory")),
        HandshakeFailure.CLIENT_CERT_INVALID);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_expired_isExpired(TlsEngine engine, String version) {
    IssuedCertificate own =
        CLIENTS.leaf("old").expired().extendedKeyUsage(KeyPurposeId.id_kp_clientAuth).issue();
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, CLIENTS)),
        client(version, own),
        HandshakeFailure.CLIENT_CERT_EXPIRED);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_expiredStranger_isInvalid(TlsEngine engine, String version) {
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, CLIENTS)),
        client(version, STRANGERS.leaf("old").expired().issue()),
        HandshakeFailure.CLIENT_CERT_INVALID);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_serverPurpose_isInvalid(TlsEngine engine, String version) {
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, CLIENTS)),
        client(version, CLIENTS.issueEc("server")),
        HandshakeFailure.CLIENT_CERT_INVALID);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void required_noPurposeAtAll_isServed(TlsEngine engine, String version) {
    IssuedCertificate own = CLIENTS.leaf("plain").extendedKeyUsage().issue();
    assertServed(prepare(engine, auth(Mode.REQUIRED, CLIENTS)), client(version, own), own);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void optional_none_isServed(TlsEngine engine, String version) {
    try (ServerTls tls = prepare(engine, auth(Mode.OPTIONAL, CLIENTS));
        TestClient client = TestClient.version(version);
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.exchange().facts().clientCertificate()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void optional_goodCertificate_isTold(TlsEngine engine, String version) {
    IssuedCertificate own = CLIENTS.issueClient("alice");
    assertServed(prepare(engine, auth(Mode.OPTIONAL, CLIENTS)), client(version, own), own);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void optional_otherAuthority_isRefused(TlsEngine engine, String version) {
    assertRefused(
        prepare(engine, auth(Mode.OPTIONAL, CLIENTS)),
        client(version, STRANGERS.issueClient("mallory")),
        HandshakeFailure.CLIENT_CERT_INVALID);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void none_clientHasOne_isNotAsked(TlsEngine engine, String version) {
    try (ServerTls tls = prepare(engine, ClientAuth.NONE);
        TestClient client = client(version, CLIENTS.issueClient("alice"));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.exchange().facts().clientCertificate()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void anchor_intermediateAlone_isEnough(TlsEngine engine, String version) {
    Authority intermediate = CLIENTS.intermediate("Department");
    IssuedCertificate own = intermediate.issueClient("alice");
    assertServed(prepare(engine, auth(Mode.REQUIRED, intermediate)), client(version, own), own);
    assertRefused(
        prepare(engine, auth(Mode.REQUIRED, intermediate)),
        client(version, CLIENTS.issueClient("bob")),
        HandshakeFailure.CLIENT_CERT_INVALID);
  }

  @ParameterizedTest
  @MethodSource("enginesAndVersions")
  void depth_longerPath_isInvalid(TlsEngine engine, String version) {
    Authority first = CLIENTS.intermediate("First");
    Authority second = first.intermediate("Second");
    ClientAuth three = auth(Mode.REQUIRED, CLIENTS);
    ClientAuth two = new ClientAuth(three.mode(), three.ca(), 2, Optional.empty());
    IssuedCertificate own = second.issueClient("alice");
    assertServed(prepare(engine, three), client(version, own), own);
    assertRefused(prepare(engine, two), client(version, own), HandshakeFailure.CLIENT_CERT_INVALID);
  }

  static Stream<Arguments> rules() {
    IssuedCertificate alice =
        CLIENTS.issueClient("alice.corp.example", "a.corp.example", "spiffe://corp/alice");
    List<String> none = List.of();
    String print = AllowList.fingerprint(alice.leaf());
    String other = AllowList.fingerprint(SERVER.leaf());
    return Stream.of(
        rule(alice, new AllowRules(List.of("alice.corp.example"), none, none, none), true),
        rule(alice, new AllowRules(List.of("*.corp.example"), none, none, none), true),
        rule(alice, new AllowRules(List.of("*.example"), none, none, none), false),
        rule(alice, new AllowRules(none, List.of("*.corp.example"), none, none), true),
        rule(alice, new AllowRules(none, List.of("alice.corp.example"), none, none), false),
        rule(alice, new AllowRules(none, none, List.of("spiffe://corp/alice"), none), true),
        rule(alice, new AllowRules(none, none, List.of("spiffe://corp/"), none), false),
        rule(alice, new AllowRules(none, none, none, List.of(print)), true),
        rule(alice, new AllowRules(none, none, none, List.of(other)), false),
        rule(alice, new AllowRules(List.of("bob"), none, none, List.of(print)), true));
  }

  private static Arguments rule(IssuedCertificate own, AllowRules rules, boolean passes) {
    return Arguments.of(own, rules, passes);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void allow_rules_decide(IssuedCertificate own, AllowRules rules, boolean passes) {
    for (TlsEngine engine : TlsEngine.values()) {
      ServerTls tls = prepare(engine, allowing(rules));
      if (passes) {
        assertServed(tls, client("TLSv1.3", own), own);
      } else {
        assertRefused(tls, client("TLSv1.3", own), HandshakeFailure.CLIENT_CERT_NOT_ALLOWED);
      }
    }
  }

  @Test
  void ca_missingOrEmpty_isAProblem() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.crt"), "nothing\n");
    for (Path file : List.of(directory.resolve("none.crt"), empty)) {
      ClientAuth auth = new ClientAuth(Mode.REQUIRED, Optional.of(file), 3, Optional.empty());
      assertThat(
              new TlsDocuments(directory)
                  .with("web", SERVER)
                  .clientAuth(auth)
                  .problems(TlsEngine.BORINGSSL))
          .extracting(Problem::path)
          .contains("listeners[web].tls.client-auth.ca");
    }
  }
}
