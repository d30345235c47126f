package io.steelyard.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.steelyard.backend.Backend;
import io.steelyard.backend.BackendState;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.Method;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.testkit.CapturedLog;
import io.steelyard.testkit.GroupConfigs;
import io.steelyard.testkit.ScriptedBackend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The checks of whole groups against real loopback sockets. That something does <em>not</em> happen
 * is shown against a clock: a second backend whose probes go on meanwhile.
 */
class HealthCheckerTest {

  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String OK = "HTTP/1.1 200 OK\r\n\r\n";
  private static final String UNAVAILABLE = "HTTP/1.1 503 Unavailable\r\n\r\n";

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final List<HealthChecker> checkers = new ArrayList<>();

  @AfterEach
  void closeAll() {
    checkers.forEach(checker -> done(checker.stop()));
    done(vertx.close());
  }

  @Test
  void start_backendListening_isUpWithItsFirstResult() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group = group(check(Type.TCP, LONG, LONG), ready(backend.port()));
      assertThat(only(group).state()).isEqualTo(BackendState.STARTING);
      done(start(group).firstResults());
      assertThat(only(group).state()).isEqualTo(BackendState.UP);
      assertThat(only(group).health().reason()).isEqualTo("ok");
      assertThat(only(group).health().lastResults()).hasSize(1);
    }
  }

  @Test
  void start_nothingListening_isDownWithItsFirstResult() {
    try (CapturedLog log = CapturedLog.of(HealthChecker.class)) {
      int port = ScriptedBackend.closedPort();
      ServerGroup group = group(check(Type.TCP, LONG, LONG), ready(port));
      done(start(group).firstResults());
      assertThat(only(group).state()).isEqualTo(BackendState.DOWN);
      assertThat(log.lines())
          .containsExactly(
              "WARN backend down group=app backend=127.0.0.1:"
                  + port
                  + " reason=refused text=\"connection refused\"");
    }
  }

  @Test
  void verdict_backendFailsAndRecovers_flipsAndIsLoggedOnceEach() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.answer(OK));
        CapturedLog log = CapturedLog.of(HealthChecker.class)) {
      ServerGroup group = group(check(Type.HTTP, LONG, OFTEN), ready(backend.port()));
      start(group);
      await().until(() -> only(group).state() == BackendState.UP);
      backend.become(ScriptedBackend.answer(UNAVAILABLE));
      await().until(() -> only(group).state() == BackendState.DOWN);
      assertThat(only(group).health().reason()).isEqualTo("status");
      assertThat(only(group).health().text()).isEqualTo("status 503, expected 200-399");
      int seen = backend.accepted();
      await().until(() -> backend.accepted() > seen + 5);
      backend.become(ScriptedBackend.answer(OK));
      await().until(() -> only(group).state() == BackendState.UP);
      int seenUp = backend.accepted();
      await().until(() -> backend.accepted() > seenUp + 5);
      String place = " group=app backend=127.0.0.1:" + backend.port();
      assertThat(log.lines())
          .containsExactly(
              "INFO backend up" + place + " reason=ok text=\"status 200\"",
              "WARN backend down" + place + " reason=status text=\"status 503, expected 200-399\"",
              "INFO backend up" + place + " reason=ok text=\"status 200\"");
    }
  }

  @Test
  void probes_ofAHangingBackend_neverOverlap() {
    try (ScriptedBackend hanging = ScriptedBackend.start(ScriptedBackend.hold());
        ScriptedBackend clock = ScriptedBackend.start(ScriptedBackend.answer(OK))) {
      ServerGroup group =
          group(check(Type.HTTP, LONG, OFTEN), ready(hanging.port()), ready(clock.port()));
      HealthChecker checker = start(group);
      await().until(() -> clock.accepted() > 10 && hanging.open() == 1);
      int before = clock.accepted();
      await().until(() -> clock.accepted() > before + 10);
      assertThat(hanging.accepted()).isEqualTo(1);
      assertThat(group.backends().getFirst().state()).isEqualTo(BackendState.STARTING);
      assertThat(checker.firstResults().isComplete()).isFalse();
    }
  }

  @Test
  void firstResults_hangingBackend_completeWithItsTimeout() {
    try (ScriptedBackend hanging = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group =
          group(check(Type.HTTP, Duration.ofMillis(100), LONG), ready(hanging.port()));
      done(start(group).firstResults());
      assertThat(only(group).state()).isEqualTo(BackendState.DOWN);
      assertThat(only(group).health().reason()).isEqualTo("timeout");
      await().until(() -> hanging.open() == 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"DRAIN, 100", "READY, 0"})
  void intent_noNewFlows_isProbedNevertheless(State intent, int weight) {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group =
          group(check(Type.TCP, LONG, LONG), backend(backend.port(), weight, intent));
      done(start(group).firstResults());
      assertThat(only(group).health().reason()).isEqualTo("ok");
    }
  }

  @Test
  void maintenance_fromTheStart_isNotProbedUntilItEnds() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold());
        ScriptedBackend clock = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group =
          group(
              check(Type.TCP, LONG, OFTEN),
              backend(backend.port(), 100, State.MAINTENANCE),
              ready(clock.port()));
      done(start(group).firstResults());
      await().until(() -> clock.accepted() > 10);
      assertThat(backend.accepted()).isZero();
      Backend returning = group.backends().getFirst();
      group.intent(returning, State.READY, 100);
      await().until(() -> returning.state() == BackendState.UP);
    }
  }

  @Test
  void maintenance_ofAnUpBackend_startsItAnew() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group = group(check(Type.TCP, LONG, OFTEN), ready(backend.port()));
      done(start(group).firstResults());
      group.intent(only(group), State.MAINTENANCE, 100);
      await().until(() -> only(group).health().text().equals("in maintenance"));
      backend.close();
      group.intent(only(group), State.READY, 100);
      await().until(() -> only(group).state() == BackendState.DOWN);
    }
  }

  @Test
  void type_none_probesNothing() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold());
        ScriptedBackend clock = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group = group(check(Type.NONE, LONG, OFTEN), ready(backend.port()));
      done(start(group).firstResults());
      start(group(check(Type.TCP, LONG, OFTEN), ready(clock.port())));
      await().until(() -> clock.accepted() > 10);
      assertThat(backend.accepted()).isZero();
      assertThat(only(group).state()).isEqualTo(BackendState.UP);
    }
  }

  @Test
  void stop_probeOpen_closesItAndProbesNoMore() {
    try (ScriptedBackend hanging = ScriptedBackend.start(ScriptedBackend.hold());
        ScriptedBackend quick = ScriptedBackend.start(ScriptedBackend.answer(OK));
        ScriptedBackend clock = ScriptedBackend.start(ScriptedBackend.hold())) {
      ServerGroup group =
          group(check(Type.HTTP, LONG, OFTEN), ready(hanging.port()), ready(quick.port()));
      HealthChecker checker = start(group);
      await().until(() -> hanging.open() == 1 && quick.accepted() > 0);
      done(checker.stop());
      await().until(() -> hanging.open() == 0 && quick.open() == 0);
      assertThat(checker.firstResults().isComplete()).isTrue();
      assertThat(group.backends().getFirst().state()).isEqualTo(BackendState.STARTING);
      int probed = quick.accepted();
      start(group(check(Type.TCP, LONG, OFTEN), ready(clock.port())));
      await().until(() -> clock.accepted() > 10);
      assertThat(quick.accepted()).isEqualTo(probed);
      assertThat(hanging.accepted()).isEqualTo(1);
    }
  }

  @Test
  void observer_everyProbe_isTold() {
    try (ScriptedBackend backend = ScriptedBackend.start(ScriptedBackend.hold())) {
      int closedPort = ScriptedBackend.closedPort();
      List<String> told = new CopyOnWriteArrayList<>();
      ServerGroup group =
          group(check(Type.TCP, LONG, LONG), ready(backend.port()), ready(closedPort));
      HealthChecker checker =
          new HealthChecker(
              vertx,
              group,
              (name, address, success, nanos) -> told.add(name + " " + address + " " + success));
      checkers.add(checker);
      checker.follow(group.config(), Optional.empty());
      done(checker.firstResults());
      assertThat(told)
          .containsExactlyInAnyOrder(
              "app 127.0.0.1:" + backend.port() + " true",
              "app 127.0.0.1:" + closedPort + " false");
    }
  }

  @Test
  void probe_shortageOfOurs_isNoResultAndSaidOnce() {
    try (ScriptedBackend clock = ScriptedBackend.start(ScriptedBackend.hold());
        CapturedLog log = CapturedLog.of(HealthChecker.class)) {
      ServerGroup group = group(check(Type.TCP, LONG, OFTEN), ready(clock.port()));
      // TEST-NET-1 is no address of this machine: connecting from it fails as running out of ports
      // does (EADDRNOTAVAIL).
      NetClient portless =
          vertx.createNetClient(new NetClientOptions().setLocalAddress("192.0.2.1"));
      ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
      ProbePlan plan = ProbePlan.of(group.config(), Optional.empty());
      AtomicInteger probed = new AtomicInteger();
      BackendCheck check =
          new BackendCheck(
              new Prober(context, portless, plan),
              group,
              only(group),
              (name, address, success, nanos) -> probed.incrementAndGet(),
              new ShortageLog());
      context.runOnContext(v -> check.start());
      done(check.first());
      start(group(check(Type.TCP, LONG, OFTEN), ready(clock.port())));
      await().until(() -> clock.accepted() > 10);
      assertThat(only(group).state()).isEqualTo(BackendState.STARTING);
      assertThat(probed).hasValue(0);
      assertThat(log.lines())
          .filteredOn(line -> line.startsWith("WARN"))
          .containsExactly(
              "WARN health probes skipped group=app reason=no_port"
                  + " text=\"no local port or address left to connect from\"");
      context.runOnContext(v -> check.stop());
    }
  }

  @Test
  void create_tlsProbesWithoutTls_isABug() {
    ServerGroup group = group(check(Type.TLS, LONG, LONG), ready(1));
    HealthChecker checker = new HealthChecker(vertx, group, ProbeObserver.NONE);
    assertThatThrownBy(() -> checker.follow(group.config(), Optional.empty()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("app");
  }

  private HealthChecker start(ServerGroup group) {
    HealthChecker checker = new HealthChecker(vertx, group, ProbeObserver.NONE);
    checkers.add(checker);
    checker.follow(group.config(), Optional.empty());
    return checker;
  }

  private static void done(Future<?> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static Backend only(ServerGroup group) {
    return group.backends().getFirst();
  }

  private static ServerGroup group(HealthCheckConfig check, BackendConfig... backends) {
    GroupConfigs defaults = GroupConfigs.of(List.of(backends));
    return new ServerGroup(
        new GroupConfigs(
                defaults.scheduler(),
                defaults.backends(),
                defaults.queue(),
                defaults.onAllDown(),
                check)
            .build());
  }

  private static BackendConfig ready(int port) {
    return backend(port, 100, State.READY);
  }

  private static BackendConfig backend(int port, int weight, State intent) {
    return new BackendConfig("127.0.0.1:" + port, "127.0.0.1", port, weight, intent, 0);
  }

  private static HealthCheckConfig check(Type type, Duration timeout, Duration interval) {
    return new HealthCheckConfig(
        type,
        OptionalInt.empty(),
        timeout,
        interval,
        3,
        2,
        Method.GET,
        "/",
        Optional.empty(),
        List.of(StatusRange.DEFAULT));
  }
}
