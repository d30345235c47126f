package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends are verified as the group says, by real handshakes against our own server side. */
class BackendTlsTest {

  private static final Authority CA = TestCertificates.authority("Backends");
  private static final IssuedCertificate NAMED = CA.issueEc("app", "app.internal", "10.0.0.1");
  private static final IssuedCertificate OWN = CA.issueClient("steelyard");

  @TempDir Path directory;
  private Optional<Path> bundle;

  @BeforeEach
  void setUp() {
    bundle = Optional.of(CA.writePem(directory, "backends-ca"));
  }

  private static BackendTlsConfig settings(
      Verify verify, Optional<Path> ca, Optional<String> serverName) {
    return new BackendTlsConfig(verify, ca, serverName, Optional.empty());
  }

  private static ServerGroupConfig group(BackendTlsConfig settings) {
    return new ServerGroupConfig(
        "app",
        SchedulerType.ROUND_ROBIN,
        List.of(backend("10.0.0.1")),
        Queue.DEFAULT,
        BackendProtocol.TLS,
        Optional.of(settings),
        ProxyProtocol.NONE,
        ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT,
        ServerGroupConfig.DEFAULT_RETRIES,
        ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT,
        ServerGroupConfig.DEFAULT_DRAIN_SPREAD,
        OnAllDown.REJECT,
        HealthCheckConfig.DEFAULT);
  }

  private static BackendConfig backend(String host) {
    return new BackendConfig(host + ":443", host, 443, 100, BackendConfig.State.READY, 0);
  }

  private static BalancerDocument document(List<CertificateConfig> certificates) {
    return new BalancerDocument(List.of(), List.of(), certificates, List.of());
  }

  private static BackendTls prepare(BackendTlsConfig settings, TlsEngine engine) {
    Problems problems = new Problems("test");
    BackendTls tls =
        BackendTls.prepare(group(settings), document(List.of()), engine, problems).orElseThrow();
    assertThat(problems.all()).isEmpty();
    return tls;
  }

  /** Whether the handshake is finished with a backend that shows that certificate. */
  private boolean isAccepted(
      BackendTlsConfig settings, TlsEngine engine, String host, IssuedCertificate shown) {
    TlsDocuments server = new TlsDocuments(directory).with("backend", shown);
    try (ServerTls serverTls = server.prepare(TlsEngine.BORINGSSL);
        BackendTls tls = prepare(settings, engine)) {
      SslHandler client = tls.newHandler(UnpooledByteBufAllocator.DEFAULT, backend(host));
      try (Handshake handshake = Handshake.run(serverTls, client)) {
        if (client.handshakeFuture().isSuccess()) {
          handshake.exchange();
        }
        return client.handshakeFuture().isSuccess();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void full_chainAndName_areBothVerified(TlsEngine engine) {
    BackendTlsConfig byName = settings(Verify.FULL, bundle, Optional.of("app.internal"));
    BackendTlsConfig otherName = settings(Verify.FULL, bundle, Optional.of("other.internal"));
    BackendTlsConfig byAddress = settings(Verify.FULL, bundle, Optional.empty());
    assertThat(isAccepted(byName, engine, "10.0.0.9", NAMED)).isTrue();
    assertThat(isAccepted(otherName, engine, "10.0.0.1", NAMED)).isFalse();
    assertThat(isAccepted(byAddress, engine, "10.0.0.1", NAMED)).isTrue();
    assertThat(isAccepted(byAddress, engine, "10.0.0.2", NAMED)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void chain_anyName_isAccepted(TlsEngine engine) {
    BackendTlsConfig chain = settings(Verify.CHAIN, bundle, Optional.of("other.internal"));
    IssuedCertificate stranger = TestCertificates.authority("X").issueEc("app", "other.internal");
    assertThat(isAccepted(chain, engine, "10.0.0.2", NAMED)).isTrue();
    assertThat(isAccepted(chain, engine, "10.0.0.2", stranger)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void none_anything_isAccepted(TlsEngine engine) {
    BackendTlsConfig none = settings(Verify.NONE, Optional.empty(), Optional.empty());
    IssuedCertificate stranger = TestCertificates.authority("X").issueEc("app", "x.test");
    assertThat(isAccepted(none, engine, "10.0.0.2", stranger)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void defaultTrust_privateAuthority_isRefused(TlsEngine engine) {
    BackendTlsConfig full = settings(Verify.FULL, Optional.empty(), Optional.empty());
    assertThat(isAccepted(full, engine, "10.0.0.1", NAMED)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void sni_isTheServerName_butNeverAnAddress(TlsEngine engine) {
    IssuedCertificate other = CA.issueEc("other", "*.test", "10.0.0.1");
    TlsDocuments server =
        new TlsDocuments(directory).with("default", other).with("app", NAMED).rejectUnknownSni();
    try (ServerTls serverTls = server.prepare(TlsEngine.BORINGSSL)) {
      assertThat(served(serverTls, Optional.of("app.internal"), engine)).isEqualTo("app");
      assertThat(served(serverTls, Optional.empty(), engine)).isEqualTo("default");
    }
  }

  private String served(ServerTls serverTls, Optional<String> serverName, TlsEngine engine) {
    try (BackendTls tls = prepare(settings(Verify.FULL, bundle, serverName), engine);
        Handshake handshake =
            Handshake.run(
                serverTls, tls.newHandler(UnpooledByteBufAllocator.DEFAULT, backend("10.0.0.1")))) {
      return handshake.exchange().facts().certificate();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void ownCertificate_mutualBackend_isShown(TlsEngine engine) {
    ClientAuth mutual = new ClientAuth(Mode.REQUIRED, bundle, 3, Optional.empty());
    TlsDocuments server = new TlsDocuments(directory).with("app", NAMED).clientAuth(mutual);
    IssuedCertificate.Paths files = OWN.writePem(directory, "own");
    CertificateConfig own =
        new CertificateConfig(
            "own", new CertificateConfig.Source.Pem(files.chain(), files.key(), Optional.empty()));
    BackendTlsConfig settings =
        new BackendTlsConfig(Verify.FULL, bundle, Optional.empty(), Optional.of("own"));
    Problems problems = new Problems("test");
    try (ServerTls serverTls = server.prepare(TlsEngine.BORINGSSL);
        BackendTls tls =
            BackendTls.prepare(group(settings), document(List.of(own)), engine, problems)
                .orElseThrow();
        Handshake handshake =
            Handshake.run(
                serverTls, tls.newHandler(UnpooledByteBufAllocator.DEFAULT, backend("10.0.0.1")))) {
      assertThat(handshake.exchange().facts().clientCertificate()).contains(OWN.leaf());
    }
  }

  @Test
  void prepare_missingFiles_areProblems() {
    BackendTlsConfig settings =
        new BackendTlsConfig(
            Verify.FULL,
            Optional.of(directory.resolve("none")),
            Optional.empty(),
            Optional.of("nobody"));
    Problems problems = new Problems("test");
    assertThat(
            BackendTls.prepare(group(settings), document(List.of()), TlsEngine.BORINGSSL, problems))
        .isEmpty();
    assertThat(problems.all())
        .extracting(Problem::path)
        .containsExactly("server-groups[app].tls.ca", "server-groups[app].tls.certificate");
  }
}
