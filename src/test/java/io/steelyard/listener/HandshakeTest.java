package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.config.TlsConfig.UnknownSni;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handshakes that are refused, and what either side learns of it. */
class HandshakeTest {

  private static final Authority CLIENTS = TestCertificates.authority("Client CA");
  private static final Authority STRANGERS = TestCertificates.authority("Client CA");

  private final Path clientCa;
  private final TlsFixture fixture;
  private final SocketBackend backend = SocketBackend.echo();

  HandshakeTest(@TempDir Path directory) {
    fixture = new TlsFixture(directory);
    clientCa = CLIENTS.writePem(directory, "clients");
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @ParameterizedTest
  @CsvSource({
    "NONE,     none,    BORINGSSL,",
    "OPTIONAL, none,    BORINGSSL,",
    "OPTIONAL, right,   BORINGSSL,",
    "OPTIONAL, strange, BORINGSSL, CLIENT_CERT_INVALID",
    "REQUIRED, none,    BORINGSSL, CLIENT_CERT_MISSING",
    "REQUIRED, strange, BORINGSSL, CLIENT_CERT_INVALID",
    "REQUIRED, expired, BORINGSSL, CLIENT_CERT_EXPIRED",
    "REQUIRED, other,   BORINGSSL, CLIENT_CERT_NOT_ALLOWED",
    "REQUIRED, right,   BORINGSSL,",
    "REQUIRED, none,    JDK,       CLIENT_CERT_MISSING",
    "REQUIRED, strange, JDK,       CLIENT_CERT_INVALID",
    "REQUIRED, expired, JDK,       CLIENT_CERT_EXPIRED",
    "REQUIRED, other,   JDK,       CLIENT_CERT_NOT_ALLOWED",
    "REQUIRED, right,   JDK,",
  })
  void clientCertificate_byModeAndKind_isJudgedAndTheReasonIsTold(
      Mode mode, String shown, TlsEngine engine, HandshakeFailure failure) throws Exception {
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      try (RunningListener steelyard = listening(engine, authenticating(mode))) {
        TlsClient client = showing(shown).speaking(version);
        if (failure == null) {
          assertServed(client, steelyard);
        } else {
          assertThatThrownBy(() -> assertServed(client, steelyard)).isInstanceOf(IOException.class);
          steelyard.observer.awaitEnded(1);
          assertThat(steelyard.observer.ended.getFirst().ended())
              .isEqualTo(FlowEnd.HANDSHAKE_FAILED);
          assertThat(steelyard.observer.awaitHandshakeFailure()).as(version).isEqualTo(failure);
          assertThat(backend.accepted()).isZero();
        }
        steelyard.awaitQuiet();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL", "JDK"})
  void unknownSni_rejected_clientSeesAlert112(TlsEngine engine) throws Exception {
    TlsConfig strict = with(fixture.config(), UnknownSni.REJECT, ClientAuth.NONE, List.of());
    try (RunningListener steelyard = listening(engine, strict)) {
      assertAlert(TlsClient.of(fixture).asking("other.example"), steelyard, "unrecognized_name");
      Flow flow = steelyard.observer.ended.getFirst();
      assertThat(flow.handshakeFailure()).isEqualTo(HandshakeFailure.UNKNOWN_SNI);
      assertThat(flow.sni()).isEqualTo("other.example");
      assertServed(TlsClient.of(fixture), steelyard);
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL", "JDK"})
  void alpn_nothingShared_clientSeesAlert120(TlsEngine engine) throws Exception {
    TlsConfig h2 = with(fixture.config(), UnknownSni.DEFAULT, ClientAuth.NONE, List.of("h2"));
    try (RunningListener steelyard = listening(engine, h2)) {
      assertAlert(TlsClient.of(fixture).offering("http/1.1"), steelyard, "no_application_protocol");
      assertThat(steelyard.observer.ended.getFirst().handshakeFailure())
          .isEqualTo(HandshakeFailure.NO_SHARED_ALPN);
      try (SSLSocket client = TlsClient.of(fixture).offering("http/1.1", "h2").connect(steelyard)) {
        assertThat(client.getApplicationProtocol()).isEqualTo("h2");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL", "JDK"})
  void renegotiation_isRefused_andNothingMoreIsRelayed(TlsEngine engine) throws Exception {
    try (RunningListener steelyard = listening(engine, fixture.config());
        SSLSocket client = TlsClient.of(fixture).speaking("TLSv1.2").connect(steelyard)) {
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
      assertThatThrownBy(
              () -> {
                client.startHandshake();
                client.getInputStream().read();
              })
          .isInstanceOf(IOException.class);
      client.close();
      steelyard.observer.awaitEnded(1);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.ERROR);
      assertThat(steelyard.observer.handshakes).hasSize(1);
      steelyard.awaitQuiet();
    }
  }

  private TlsClient showing(String what) {
    IssuedCertificate shown =
        switch (what) {
          case "right" -> CLIENTS.issueClient("partner", "partner.example");
          case "other" -> CLIENTS.issueClient("other", "other.example");
          case "strange" -> STRANGERS.issueClient("partner", "partner.example");
          case "expired" ->
              CLIENTS.leaf("partner").sans("partner.example").expired().extendedKeyUsage().issue();
          default -> null;
        };
    return shown == null
        ? TlsClient.of(fixture)
        : TlsClient.of(JdkTls.presenting(shown, fixture.authority()));
  }

  private TlsConfig authenticating(Mode mode) {
    AllowRules partner =
        new AllowRules(List.of(), List.of("partner.example"), List.of(), List.of());
    ClientAuth auth =
        mode == Mode.NONE
            ? ClientAuth.NONE
            : new ClientAuth(mode, Optional.of(clientCa), 3, Optional.of(partner));
    return with(fixture.config(), UnknownSni.DEFAULT, auth, List.of());
  }

  private static TlsConfig with(
      TlsConfig base, UnknownSni unknownSni, ClientAuth auth, List<String> alpn) {
    return new TlsConfig(
        base.policy(),
        base.certificates(),
        base.allowLegacyTls(),
        base.sniMatch(),
        unknownSni,
        auth,
        alpn,
        base.session());
  }

  private RunningListener listening(TlsEngine engine, TlsConfig tls) {
    return RunningListener.tls(
        engine, fixture.certificates(), new Listen().tls(tls), new Group().backend(backend.port()));
  }

  /** With TLS 1.3 a client learns only with its first read that its certificate is refused. */
  private static void assertServed(TlsClient client, RunningListener steelyard) throws IOException {
    try (SSLSocket socket = client.connect(steelyard)) {
      socket.getOutputStream().write(42);
      assertThat(socket.getInputStream().read()).isEqualTo(42);
    }
  }

  private static void assertAlert(TlsClient client, RunningListener steelyard, String alert) {
    assertThatThrownBy(() -> client.connect(steelyard))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("Received fatal alert: " + alert);
    assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.HANDSHAKE_FAILED);
    steelyard.awaitQuiet();
  }
}
