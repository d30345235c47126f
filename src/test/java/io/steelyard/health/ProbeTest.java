package io.steelyard.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.Method;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Version;
import io.steelyard.health.ProbeOutcome.Reason;
import io.steelyard.testkit.ScriptedBackend;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Single probes of real loopback sockets. */
class ProbeTest {

  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));

  @AfterEach
  void closeVertx() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void tcp_listening_succeedsAndCloses() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      assertThat(probe(Probing.check(Type.TCP, LONG), backend.port()))
          .isEqualTo(ProbeOutcome.ok("connected"));
      await().until(() -> backend.accepted() == 1 && backend.open() == 0);
    }
  }

  @Test
  void tcp_nothingListening_isRefused() {
    assertThat(probe(Probing.check(Type.TCP, LONG), ScriptedBackend.closedPort()))
        .isEqualTo(new ProbeOutcome(Reason.REFUSED, "connection refused"));
  }

  @Test
  void tcp_clientThrowsInsteadOfFailing_isOurShortage() {
    Prober prober = Probing.prober(vertx, plan(Probing.check(Type.TCP, LONG)));
    // A closed NetClient throws from connect(), as one does that cannot even make a socket.
    prober.client().close().toCompletionStage().toCompletableFuture().join();
    assertThat(Probing.probe(prober, ScriptedBackend.closedPort()).reason())
        .isEqualTo(Reason.FILES);
  }

  @Test
  void tcp_nothingListeningOnTheJdkTransport_isRefused() {
    Vertx jdk = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
    try {
      assertThat(
              Probing.probe(jdk, plan(Probing.check(Type.TCP, LONG)), ScriptedBackend.closedPort())
                  .reason())
          .isEqualTo(Reason.REFUSED);
    } finally {
      jdk.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  @Test
  void tcp_portOverridden_probesThatPort() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      HealthCheckConfig check = withPort(Probing.check(Type.TCP, LONG), backend.port());
      assertThat(probe(check, ScriptedBackend.closedPort()).success()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK, OK, status 200",
    "HTTP/1.0 399 Odd, OK, status 399",
    "HTTP/1.1 400 Bad, STATUS, 'status 400, expected 200-399'",
    "HTTP/1.1 503 No, STATUS, 'status 503, expected 200-399'",
    "HTTP/3 200 OK, PROTOCOL, 'not an HTTP/1 status line: HTTP/3 200 OK'",
    "220 mail, PROTOCOL, 'not an HTTP/1 status line: 220 mail'",
  })
  void http_answer_isJudgedByItsStatusLine(String statusLine, Reason reason, String text) {
    try (ScriptedBackend backend =
        ScriptedBackend.start(ScriptedBackend.answer(statusLine + "\r\n\r\n"))) {
      assertThat(probe(Probing.check(Type.HTTP, LONG), backend.port()))
          .isEqualTo(new ProbeOutcome(reason, text));
      await().until(() -> backend.open() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void http_request_isOneCloseDelimitedExchange(Method method) {
    try (ScriptedBackend backend =
        ScriptedBackend.start(ScriptedBackend.answer("HTTP/1.1 418 Tea\r\n"))) {
      HealthCheckConfig check =
          new HealthCheckConfig(
              Type.HTTP,
              OptionalInt.empty(),
              LONG,
              LONG,
              3,
              3,
              method,
              "/live?deep=1",
              Optional.of("shop.example"),
              List.of(new StatusRange(204, 204), new StatusRange(418, 418)));
      assertThat(probe(check, backend.port()).success()).isTrue();
      assertThat(backend.received())
          .isEqualTo(
              method
                  + " /live?deep=1 HTTP/1.1\r\n"
                  + "Host: shop.example\r\n"
                  + "User-Agent: steelyard-health\r\n"
                  + "Accept: */*\r\n"
                  + "Connection: close\r\n"
                  + (method == Method.POST ? "Content-Length: 0\r\n" : "")
                  + "\r\n");
    }
  }

  @Test
  void http_noHostConfigured_namesTheAddressProbed() {
    try (ScriptedBackend backend =
        ScriptedBackend.start(ScriptedBackend.answer("HTTP/1.1 200 OK\r\n"))) {
      probe(Probing.check(Type.HTTP, LONG), backend.port());
      assertThat(backend.received()).contains("\r\nHost: 127.0.0.1:" + backend.port() + "\r\n");
    }
  }

  @Test
  void http_closedWithoutAnswer_isAProtocolFailure() {
    try (ScriptedBackend backend =
        ScriptedBackend.start((self, socket) -> self.until(socket, "\r\n\r\n"))) {
      assertThat(probe(Probing.check(Type.HTTP, LONG), backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.PROTOCOL, "connection closed before a status line"));
    }
  }

  @Test
  void http_resetInsteadOfAnswer_isReset() {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            (self, socket) -> {
              self.until(socket, "\r\n\r\n");
              ScriptedBackend.reset().serve(self, socket);
            })) {
      assertThat(probe(Probing.check(Type.HTTP, LONG), backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.RESET, "connection reset"));
    }
  }

  @Test
  void http_noAnswer_timesOutAndCloses() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      assertThat(probe(Probing.check(Type.HTTP, SHORT), backend.port()))
          .isEqualTo(new ProbeOutcome(Reason.TIMEOUT, "response not done within 200 ms"));
      await().until(() -> backend.open() == 0);
    }
  }

  @Test
  void http_endlessHead_endsAtTheBoundAndCloses() {
    try (ScriptedBackend backend =
        ScriptedBackend.start(ScriptedBackend.answer("HTTP/1.1 200 " + "x".repeat(9000)))) {
      assertThat(probe(Probing.check(Type.HTTP, LONG), backend.port()).reason())
          .isEqualTo(Reason.PROTOCOL);
      await().until(() -> backend.open() == 0);
    }
  }

  @Test
  void abandon_waitingForAnAnswer_closesWithoutOutcome() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      Prober prober = Probing.prober(vertx, plan(Probing.check(Type.HTTP, LONG)));
      CompletableFuture<Probe> started = new CompletableFuture<>();
      prober
          .context()
          .runOnContext(v -> started.complete(prober.probe(Probing.backend(backend.port()))));
      Probe probe = started.get(10, TimeUnit.SECONDS);
      await().until(() -> backend.open() == 1);
      prober.context().runOnContext(v -> probe.abandon());
      await().until(() -> backend.open() == 0 && probe.ended().isComplete());
      assertThat(probe.outcome().isComplete()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void proxyHeader_tcpProbe_comesBeforeTheEnd(Version version) {
    try (ScriptedBackend backend =
        ScriptedBackend.start((self, socket) -> self.until(socket, "never"))) {
      assertThat(Probing.probe(vertx, plan(Type.TCP, version), backend.port()).success()).isTrue();
      await().until(() -> backend.accepted() == 1 && backend.open() == 0);
      assertThat(backend.received()).startsWith(localHeader(version));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void proxyHeader_httpProbe_comesBeforeTheRequest(Version version) {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            (self, socket) -> {
              // Not up to an empty line: the header's signature begins with one.
              self.until(socket, "Connection: close\r\n\r\n");
              socket.getOutputStream().write("HTTP/1.1 200 OK\r\n".getBytes(US_ASCII));
              ScriptedBackend.hold().serve(self, socket);
            })) {
      assertThat(Probing.probe(vertx, plan(Type.HTTP, version), backend.port()).success()).isTrue();
      assertThat(backend.received())
          .startsWith(localHeader(version))
          .contains("GET / HTTP/1.1\r\n");
    }
  }

  /**
   * v2: signature and LOCAL command (proxy-protocol.txt 2.2); v1: the line that names nobody (2.1).
   */
  private static String localHeader(Version version) {
    return version == Version.V1 ? "PROXY UNKNOWN\r\n" : "\r\n\r\n\0\r\nQUIT\n\u0020";
  }

  private ProbeOutcome probe(HealthCheckConfig check, int port) {
    return Probing.probe(vertx, plan(check), port);
  }

  private static ProbePlan plan(HealthCheckConfig check) {
    return new ProbePlan(check, ProxyProtocol.NONE, Optional.empty());
  }

  private static ProbePlan plan(Type type, Version version) {
    ProxyProtocol proxyProtocol = new ProxyProtocol(version, Set.of());
    return new ProbePlan(Probing.check(type, LONG), proxyProtocol, Optional.empty());
  }

  private static HealthCheckConfig withPort(HealthCheckConfig check, int port) {
    return new HealthCheckConfig(
        check.type(),
        OptionalInt.of(port),
        check.timeout(),
        check.interval(),
        3,
        3,
        check.method(),
        check.path(),
        check.host(),
        check.expectStatus());
  }
}
