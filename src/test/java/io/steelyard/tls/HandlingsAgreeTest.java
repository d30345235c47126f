package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whoever carries BoringSSL's handshakes, Netty or our own handler: the same facts, failures and
 * alerts.
 */
class HandlingsAgreeTest {

  private static final Authority CLIENTS = TestCertificates.authority("Client CA");
  private static final Authority STRANGERS = TestCertificates.authority("Client CA");
  private static final IssuedCertificate SERVER =
      TestCertificates.authority("Server CA").issueEc("localhost", "localhost");

  @TempDir Path directory;

  /** What comes of it with either handling, which must be the same. */
  private <T> T same(TlsDocuments setup, Function<ServerTls, T> test) {
    List<T> results = new ArrayList<>();
    for (TlsHandling handling : TlsHandling.values()) {
      try (ServerTls tls = setup.handling(handling).prepare(TlsEngine.BORINGSSL)) {
        results.add(test.apply(tls));
      }
    }
    assertThat(results).hasSize(2);
    assertThat(results.get(0)).isEqualTo(results.get(1));
    return results.get(0);
  }

  private TlsDocuments setup() {
    return new TlsDocuments(directory).with("web", SERVER);
  }

  private TlsDocuments asking(Mode mode) {
    AllowRules partner =
        new AllowRules(List.of(), List.of("partner.example"), List.of(), List.of());
    Path bundle = CLIENTS.writePem(directory, "clients");
    return setup().clientAuth(new ClientAuth(mode, Optional.of(bundle), 3, Optional.of(partner)));
  }

  private static TlsFacts facts(ServerTls tls, TestClient client) {
    try (Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
      return handshake.exchange().facts();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void facts_fullThenResumed(String version) {
    List<TlsFacts> told =
        same(
            setup().alpn("h2", "http/1.1"),
            tls -> {
              try (TestClient client =
                  TestClient.boringSsl(
                      builder ->
                          builder
                              .protocols(version)
                              .applicationProtocolConfig(
                                  ContextFactory.alpn(List.of("http/1.1"))))) {
                return List.of(facts(tls, client), facts(tls, client));
              }
            });
    assertThat(told).extracting(TlsFacts::resumed).containsExactly(false, true);
    assertThat(told).allMatch(facts -> facts.alpn().equals("http/1.1"));
    assertThat(told).allMatch(facts -> facts.version().equals(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void clientCertificate_good_isTold(String version) {
    IssuedCertificate own = CLIENTS.issueClient("partner", "partner.example");
    List<TlsFacts> told =
        same(
            asking(Mode.REQUIRED),
            tls -> {
              try (TestClient client = showing(version, own)) {
                return List.of(facts(tls, client), facts(tls, client));
              }
            });
    assertThat(told).allMatch(facts -> facts.clientCertificate().orElseThrow().equals(own.leaf()));
  }

  private static TestClient showing(String version, IssuedCertificate own) {
    return TestClient.boringSsl(
        builder -> TestClient.certificate(own).accept(builder.protocols(version)));
  }

  /** How it failed, for us and for the client. */
  private record Failed(HandshakeFailure failure, String alert) {}

  private Failed failed(TlsDocuments setup, Supplier<TestClient> clients) {
    return same(
        setup,
        tls -> {
          try (TestClient client = clients.get();
              Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
            return new Failed(handshake.failure(), handshake.clientFailure());
          }
        });
  }

  @Test
  void clientCertificate_bad_isRefusedWithTheSameAlert() {
    IssuedCertificate stranger = STRANGERS.issueClient("partner", "partner.example");
    IssuedCertificate other = CLIENTS.issueClient("other", "other.example");
    IssuedCertificate expired =
        CLIENTS.leaf("partner").sans("partner.example").expired().extendedKeyUsage().issue();
    IssuedCertificate server =
        CLIENTS.leaf("partner").extendedKeyUsage(KeyPurposeId.id_kp_serverAuth).issue();
    assertThat(failed(asking(Mode.OPTIONAL), () -> jdk(stranger)).failure())
        .isEqualTo(HandshakeFailure.CLIENT_CERT_INVALID);
    assertThat(failed(asking(Mode.REQUIRED), () -> jdk(other)).failure())
        .isEqualTo(HandshakeFailure.CLIENT_CERT_NOT_ALLOWED);
    assertThat(failed(asking(Mode.REQUIRED), () -> jdk(expired)).failure())
        .isEqualTo(HandshakeFailure.CLIENT_CERT_EXPIRED);
    assertThat(failed(asking(Mode.REQUIRED), () -> jdk(server)).failure())
        .isEqualTo(HandshakeFailure.CLIENT_CERT_INVALID);
    assertThat(
            failed(
                    asking(Mode.REQUIRED),
                    () -> TestClient.jdk(builder -> builder.protocols("TLSv1.2")))
                .failure())
        .isEqualTo(HandshakeFailure.CLIENT_CERT_MISSING);
  }

  private static TestClient jdk(IssuedCertificate own) {
    return TestClient.jdk(
        builder -> TestClient.certificate(own).accept(builder.protocols("TLSv1.2")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void clientsAlert_isToldByItsName(String version) {
    String told =
        same(
            setup(),
            tls -> {
              try (TestClient client =
                      TestClient.boringSsl(
                          builder ->
                              builder.protocols(version).trustManager(CLIENTS.certificate()));
                  Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
                assertThat(handshake.failure()).isEqualTo(HandshakeFailure.CLIENT_ALERT);
                return handshake.alertTold();
              }
            });
    assertThat(told).startsWith("_ALERT_");
  }

  @Test
  void garbageAfterTheHello_isNotTls() {
    HandshakeFailure told =
        same(
            setup(),
            tls -> {
              try (TestClient client = TestClient.plain()) {
                return Handshake.failAfterHello(tls, client.connect("localhost"));
              }
            });
    assertThat(told).isEqualTo(HandshakeFailure.NOT_TLS);
  }
}
