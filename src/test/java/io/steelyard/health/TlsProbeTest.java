package io.steelyard.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.health.ProbeOutcome.Reason;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.ScriptedBackend;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes that speak TLS, with both engines, against JDK TLS backends. */
class TlsProbeTest {

  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final Authority authority = TestCertificates.authority("Backends CA");
  private final IssuedCertificate issued = authority.issueEc("app.internal", "app.internal");

  @TempDir private Path directory;

  @AfterEach
  void closeVertx() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_certificateVerifies_succeedsAndCloses(TlsEngine engine) throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.startTls(serverContext(), ScriptedBackend.hold())) {
      ProbeOutcome outcome = probe(engine, group(Type.TLS, LONG, "app.internal"), backend.port());
      assertThat(outcome).isEqualTo(ProbeOutcome.ok("handshake done, TLSv1.3"));
      await().until(() -> backend.accepted() == 1 && backend.open() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_anotherName_failsAndCloses(TlsEngine engine) throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.startTls(serverContext(), ScriptedBackend.hold())) {
      ProbeOutcome outcome = probe(engine, group(Type.TLS, LONG, "other.internal"), backend.port());
      assertThat(outcome.reason()).isEqualTo(Reason.TLS);
      assertThat(outcome.text()).contains("other.internal");
      await().until(() -> backend.open() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_plainBackend_fails(TlsEngine engine) {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            (self, socket) -> {
              socket.getOutputStream().write("220 mail\r\n".getBytes(StandardCharsets.US_ASCII));
              ScriptedBackend.hold().serve(self, socket);
            })) {
      assertThat(probe(engine, group(Type.TLS, LONG, "app.internal"), backend.port()).reason())
          .isEqualTo(Reason.TLS);
      await().until(() -> backend.open() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_closedInTheHandshake_fails(TlsEngine engine) {
    try (ScriptedBackend backend =
        ScriptedBackend.start((self, socket) -> socket.getInputStream().read(new byte[16_384]))) {
      assertThat(probe(engine, group(Type.TLS, LONG, "app.internal"), backend.port()).reason())
          .isEqualTo(Reason.TLS);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_resetInTheHandshake_isReset(TlsEngine engine) {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            (self, socket) -> {
              socket.getInputStream().read(new byte[16_384]);
              ScriptedBackend.reset().serve(self, socket);
            })) {
      assertThat(probe(engine, group(Type.TLS, LONG, "app.internal"), backend.port()).reason())
          .isEqualTo(Reason.RESET);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tls_handshakeNeverAnswered_timesOutAndCloses(TlsEngine engine) {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      assertThat(probe(engine, group(Type.TLS, SHORT, "app.internal"), backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.TIMEOUT, "TLS handshake not done within 300 ms"));
      await().until(() -> backend.accepted() == 1 && backend.open() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void https_answer_isJudgedByItsStatus(TlsEngine engine) throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.startTls(serverContext(), ScriptedBackend.answer("HTTP/1.1 503 No\r\n"))) {
      assertThat(probe(engine, group(Type.HTTPS, LONG, "app.internal"), backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.STATUS, "status 503, expected 200-399"));
      assertThat(backend.received()).startsWith("GET / HTTP/1.1\r\n");
      await().until(() -> backend.open() == 0);
    }
  }

  @Test
  void https_noAnswer_timesOutAndCloses() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.startTls(serverContext(), ScriptedBackend.hold())) {
      ServerGroupConfig group = group(Type.HTTPS, Duration.ofSeconds(2), "app.internal");
      assertThat(probe(TlsEngine.JDK, group, backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.TIMEOUT, "response not done within 2000 ms"));
      await().until(() -> backend.open() == 0);
    }
  }

  private SSLContext serverContext() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "leaf", issued.key(), new char[0], issued.chain().toArray(new X509Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private ProbeOutcome probe(TlsEngine engine, ServerGroupConfig group, int port) {
    BalancerDocument document =
        new BalancerDocument(List.of(), List.of(), List.of(), List.of(group));
    Problems problems = new Problems("steelyard.yaml");
    try (BackendTls tls = BackendTls.prepare(group, document, engine, problems).orElseThrow()) {
      return Probing.probe(vertx, ProbePlan.of(group, Optional.of(tls)), port);
    }
  }

  private ServerGroupConfig group(Type type, Duration timeout, String serverName) {
    Path ca = authority.writePem(directory, "backends-ca");
    return new ServerGroupConfig(
        "app",
        SchedulerType.ROUND_ROBIN,
        List.of(),
        Queue.DEFAULT,
        BackendProtocol.TLS,
        Optional.of(
            new BackendTlsConfig(
                Verify.FULL, Optional.of(ca), Optional.of(serverName), Optional.empty())),
        ProxyProtocol.NONE,
        ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT,
        ServerGroupConfig.DEFAULT_RETRIES,
        ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT,
        ServerGroupConfig.DEFAULT_DRAIN_SPREAD,
        OnAllDown.REJECT,
        Probing.check(type, timeout));
  }
}
