package io.steelyard.tls;

import static io.steelyard.tls.TestClient.groups;
import static io.steelyard.tls.TestClient.suites;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import io.steelyard.tls.ServerTls.Selection.Refused;
import io.steelyard.wire.ClientHello;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates are chosen by real clients' ClientHellos, and handshakes are finished with them. */
class ServerTlsTest {

  private static final Authority CA = TestCertificates.authority("Test CA");
  private static final IssuedCertificate EC = CA.issueEc("www", "www.example.com");
  private static final IssuedCertificate RSA = CA.issueRsa("www", "www.example.com");
  private static final IssuedCertificate WILDCARD = CA.issueEc("any", "*.example.com");
  private static final IssuedCertificate OTHER = CA.issueEc("other", "other.test");

  @TempDir Path directory;
  private TlsDocuments setup;

  @BeforeEach
  void setUp() {
    setup = new TlsDocuments(directory);
  }

  private static TlsFacts facts(ServerTls tls, TestClient client, String name) {
    try (client;
        Handshake handshake = Handshake.run(tls, client.connect(name))) {
      handshake.exchange();
      return handshake.facts();
    }
  }

  private static Refused refusal(ServerTls tls, TestClient client, String name) {
    try (client;
        Handshake handshake = Handshake.run(tls, client.connect(name))) {
      assertThat(handshake.selection()).isInstanceOf(Refused.class);
      return (Refused) handshake.selection();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void handshake_tls13_tellsItsFacts(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine)) {
      TlsFacts facts = facts(tls, TestClient.boringSsl(groups("X25519")), "www.example.com");
      assertThat(facts.version()).isEqualTo("TLSv1.3");
      assertThat(facts.cipher()).startsWith("TLS_AES_");
      assertThat(facts.group()).isEqualTo("X25519");
      assertThat(facts.certificate()).isEqualTo("web");
      assertThat(facts.alpn()).isEmpty();
      assertThat(facts.resumed()).isFalse();
      assertThat(facts.clientCertificate()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void handshake_tls12_tellsItsFacts(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", RSA).prepare(engine)) {
      String suite = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
      TlsFacts facts = facts(tls, TestClient.boringSsl(suites("TLSv1.2", suite)), "");
      assertThat(facts.version()).isEqualTo("TLSv1.2");
      assertThat(facts.cipher()).isEqualTo(suite);
      assertThat(facts.group()).isEqualTo("X25519");
    }
  }

  @Test
  void handshake_postQuantumClient_agreesOnX25519Mlkem768() {
    try (ServerTls tls = setup.with("web", EC).prepare(TlsEngine.BORINGSSL)) {
      TestClient client = TestClient.boringSsl(groups("X25519MLKEM768", "X25519"));
      assertThat(facts(tls, client, "").group()).isEqualTo("X25519MLKEM768");
    }
  }

  @Test
  void handshake_postQuantumClient_fallsBackOnTheJdk() {
    try (ServerTls tls = setup.with("web", EC).prepare(TlsEngine.JDK)) {
      TestClient client = TestClient.boringSsl(groups("X25519MLKEM768", "X25519"));
      assertThat(facts(tls, client, "").group()).isEqualTo("X25519");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void handshake_serverGroupOrder_wins(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine)) {
      TestClient client = TestClient.jdk(builder -> {});
      assertThat(facts(tls, client, "").group()).isEqualTo("X25519");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void handshake_serverCipherOrder_wins(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", RSA).prepare(engine)) {
      TestClient client =
          TestClient.boringSsl(
              suites(
                  "TLSv1.2",
                  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
      assertThat(facts(tls, client, "").cipher())
          .isEqualTo("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void select_byName_exactThenWildcardThenDefault(TlsEngine engine) {
    setup.with("other", OTHER).with("exact", EC).with("wildcard", WILDCARD);
    try (ServerTls tls = setup.prepare(engine)) {
      assertThat(facts(tls, TestClient.plain(), "www.example.com").certificate())
          .isEqualTo("exact");
      assertThat(facts(tls, TestClient.plain(), "shop.example.com").certificate())
          .isEqualTo("wildcard");
      assertThat(facts(tls, TestClient.plain(), "a.b.example.com").certificate())
          .isEqualTo("other");
      assertThat(facts(tls, TestClient.plain(), "").certificate()).isEqualTo("other");
    }
  }

  @Test
  void select_unknownName_isRefusedWhereAsked() {
    setup.with("web", EC).rejectUnknownSni();
    try (ServerTls tls = setup.prepare(TlsEngine.BORINGSSL)) {
      assertThat(refusal(tls, TestClient.plain(), "nobody.test"))
          .isEqualTo(new Refused(HandshakeFailure.UNKNOWN_SNI, 112));
      assertThat(facts(tls, TestClient.plain(), "").certificate()).isEqualTo("web");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void select_bothKeyTypes_prefersEcdsa(TlsEngine engine) {
    setup.with("rsa", RSA).with("ecdsa", EC);
    try (ServerTls tls = setup.prepare(engine)) {
      assertThat(facts(tls, TestClient.plain(), "www.example.com").certificate())
          .isEqualTo("ecdsa");
      assertThat(facts(tls, TestClient.plain(), "").certificate()).isEqualTo("ecdsa");
      assertThat(facts(tls, TestClient.version("TLSv1.2"), "").certificate()).isEqualTo("ecdsa");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void select_rsaSuitesOnlyTls12_getsRsa(TlsEngine engine) {
    setup.with("ecdsa", EC).with("rsa", RSA);
    try (ServerTls tls = setup.prepare(engine)) {
      TestClient client =
          TestClient.boringSsl(suites("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
      assertThat(facts(tls, client, "www.example.com").certificate()).isEqualTo("rsa");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void select_rsaSignaturesOnlyTls13_getsRsa(TlsEngine engine) {
    setup.with("ecdsa", EC).with("rsa", RSA);
    try (ServerTls tls = setup.prepare(engine);
        TestClient client = TestClient.jdk(builder -> builder.protocols("TLSv1.3"))) {
      SslHandler handler = client.connect("www.example.com");
      var parameters = handler.engine().getSSLParameters();
      parameters.setSignatureSchemes(new String[] {"rsa_pss_rsae_sha256"});
      handler.engine().setSSLParameters(parameters);
      try (Handshake handshake = Handshake.run(tls, handler)) {
        assertThat(handshake.exchange().facts().certificate()).isEqualTo("rsa");
      }
    }
  }

  @Test
  void select_curveUnknownToTheClient_getsRsa() {
    setup.with("ecdsa", CA.leaf("www").sans("www.example.com").ec("secp384r1").issue());
    setup.with("rsa", RSA);
    try (ServerTls tls = setup.prepare(TlsEngine.BORINGSSL)) {
      List<Integer> suites = List.of(0xC02B, 0xC02F);
      List<Integer> signatures = List.of(0x0403, 0x0804);
      assertThat(tls.explain(tls12(suites, signatures, List.of(29, 23)))).contains("rsa");
      assertThat(tls.explain(tls12(suites, signatures, List.of(29, 24)))).contains("ecdsa");
      assertThat(tls.explain(tls12(suites, List.of(), List.of()))).contains("ecdsa");
    }
  }

  @Test
  void select_nothingShared_refusesWithTheRightAlert() {
    setup.with("ecdsa", EC);
    try (ServerTls tls = setup.prepare(TlsEngine.BORINGSSL)) {
      Refused noCipher = new Refused(HandshakeFailure.NO_SHARED_CIPHER, 40);
      assertThat(tls.select(tls12(List.of(0xC02F), List.of(0x0804), List.of(23))))
          .isEqualTo(noCipher);
      assertThat(tls.select(tls12(List.of(0xC02B), List.of(0x0804), List.of(23))))
          .isEqualTo(noCipher);
      assertThat(tls.select(tls12(List.of(0xC02B), List.of(0x0403), List.of(9999))))
          .isEqualTo(noCipher);
      assertThat(refusal(tls, TestClient.version("TLSv1.1"), ""))
          .isEqualTo(new Refused(HandshakeFailure.NO_SHARED_VERSION, 70));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void alpn_shared_takesTheServersFirst(TlsEngine engine) {
    setup.with("web", EC).alpn("h2", "http/1.1");
    try (ServerTls tls = setup.prepare(engine)) {
      assertThat(facts(tls, alpnClient("http/1.1", "h2"), "").alpn()).isEqualTo("h2");
      assertThat(facts(tls, TestClient.plain(), "").alpn()).isEmpty();
      assertThat(refusal(tls, alpnClient("spdy/3"), ""))
          .isEqualTo(new Refused(HandshakeFailure.NO_SHARED_ALPN, 120));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void alpn_listenerSpeaksNone_isIgnored(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine)) {
      assertThat(facts(tls, alpnClient("h2"), "").alpn()).isEmpty();
    }
  }

  private static TestClient alpnClient(String... protocols) {
    return TestClient.boringSsl(
        builder ->
            builder.applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    protocols)));
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void renegotiation_byTheClient_isRefused(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine);
        TestClient client = TestClient.jdk(builder -> builder.protocols("TLSv1.2"));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      handshake.exchange();
      var again = handshake.clientSide().renegotiate();
      handshake.carry();
      String alert = engine == TlsEngine.JDK ? "bad_record_mac" : "no_renegotiation";
      assertThat(again.cause()).hasMessageContaining(alert);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void close_flowInProgress_goesOn(TlsEngine engine) {
    ServerTls tls = setup.with("web", EC).prepare(engine);
    try (TestClient client = TestClient.plain();
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      handshake.exchange();
      tls.close();
      handshake.exchange();
    }
  }

  @Test
  void begin_afterClose_isRefused() {
    ServerTls tls = setup.with("web", EC).prepare(TlsEngine.BORINGSSL);
    Accepted accepted = (Accepted) tls.select(tls12(List.of(0xC02B), List.of(), List.of()));
    tls.close();
    ChannelInboundHandlerAdapter hello = new ChannelInboundHandlerAdapter();
    EmbeddedChannel channel = new EmbeddedChannel(hello);
    ChannelHandlerContext context = channel.pipeline().context(hello);
    assertThatThrownBy(() -> accepted.begin(context, Handshake.NOBODY))
        .isInstanceOf(IllegalStateException.class);
    assertThat(channel.pipeline().first()).isSameAs(hello);
    channel.close();
  }

  @Test
  void certificates_all_areNamedWithTheirEnd() {
    try (ServerTls tls = setup.with("rsa", RSA).with("ecdsa", EC).prepare(TlsEngine.BORINGSSL)) {
      assertThat(tls.certificates())
          .containsExactly(
              new ServerTls.ServedCertificate("rsa", "RSA", RSA.leaf().getNotAfter().toInstant()),
              new ServerTls.ServedCertificate(
                  "ecdsa", "ECDSA", EC.leaf().getNotAfter().toInstant()));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void classify_garbageInTheHandshake_isNotTls(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine);
        TestClient client = TestClient.plain()) {
      assertThat(Handshake.failAfterHello(tls, client.connect("")))
          .isEqualTo(HandshakeFailure.NOT_TLS);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void classify_clientRefusesOurCertificate_isAClientAlert(TlsEngine engine) {
    try (ServerTls tls = setup.with("web", EC).prepare(engine);
        TestClient client = TestClient.boringSsl(builder -> builder.trustManager(OTHER.leaf()));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.failure()).isEqualTo(HandshakeFailure.CLIENT_ALERT);
    }
  }

  private static ClientHello tls12(
      List<Integer> suites, List<Integer> signatures, List<Integer> groups) {
    return new ClientHello(
        List.of(0x0303), suites, signatures, groups, Optional.empty(), List.of());
  }
}
