package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.backend.Backend;
import io.steelyard.backend.BackendState;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.flow.FlowEnd;
import io.steelyard.health.HealthChecker;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A backend dies under load: what was open on it is reset, what comes after is served by the
 * others, and it is used again once it is back.
 */
class BackendKilledTest {

  private static final int CLIENTS = 4;
  private static final int FLOWS_AFTER = 1_200;

  private final List<SocketBackend> backends = new ArrayList<>();
  private RunningListener steelyard;

  @BeforeEach
  void start() {
    Group group = new Group();
    for (int i = 0; i < 3; i++) {
      backends.add(SocketBackend.echo());
      group.backend(backends.get(i).port());
    }
    steelyard = RunningListener.tcp(new Listen(), group.health(oftenChecked()));
  }

  @AfterEach
  void stop() {
    steelyard.close();
    backends.forEach(SocketBackend::close);
  }

  @Test
  void kill_underLoad_noLaterFlowFails() throws Exception {
    AtomicBoolean killed = new AtomicBoolean();
    AtomicInteger left = new AtomicInteger(FLOWS_AFTER);
    AtomicInteger before = new AtomicInteger();
    List<Future<Integer>> served = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        served.add(
            threads.submit(
                () -> {
                  int mine = 0;
                  while (left.get() > 0) {
                    if (!killed.get()) {
                      tryEcho();
                      before.incrementAndGet();
                    } else if (left.getAndDecrement() > 0) {
                      echo();
                      mine++;
                    }
                  }
                  return mine;
                }));
      }
      Awaitility.await().until(() -> before.get() > 50);
      backends.getFirst().crash();
      killed.set(true);
      int all = 0;
      for (Future<Integer> each : served) {
        all += each.get(60, TimeUnit.SECONDS);
      }
      assertThat(all).isEqualTo(FLOWS_AFTER);
    }
    steelyard.awaitQuiet();
    assertThat(steelyard.observer.retriedOn).as("dials went on to another backend").isNotEmpty();
  }

  @Test
  void kill_openFlows_endAsBackendReset() throws Exception {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Socket client = steelyard.connect();
      client.getOutputStream().write(i);
      assertThat(client.getInputStream().read()).isEqualTo(i);
      clients.add(client);
    }
    String dead = backends.getFirst().address();
    backends.getFirst().crash();
    steelyard.observer.awaitEnded(3);
    assertThat(steelyard.observer.ended)
        .hasSize(3)
        .allSatisfy(
            flow -> {
              assertThat(flow.ended()).isEqualTo(FlowEnd.BACKEND_RESET);
              assertThat(flow.backend()).isEqualTo(dead);
            });
    int reset = 0;
    for (Socket client : clients) {
      reset += isReset(client) ? 1 : 0;
      client.close();
    }
    assertThat(reset).isEqualTo(3);
    steelyard.awaitQuiet();
  }

  @Test
  void kill_healthChecked_isShownDownAndUsedAgainOnceItIsBack() throws Exception {
    HealthChecker checker = startChecks();
    Backend first = steelyard.group("app").backends().getFirst();
    awaitState(first, BackendState.UP);
    int port = backends.getFirst().port();
    backends.getFirst().crash();
    awaitState(first, BackendState.DOWN);
    assertThat(first.health().reason()).isEqualTo("refused");
    assertThat(first.health().text()).isEqualTo("connection refused");
    int failuresBefore = steelyard.observer.connectFailures.size();
    for (int i = 0; i < 30; i++) {
      echo();
    }
    assertThat(steelyard.observer.connectFailures)
        .as("a backend that is down is not even tried")
        .hasSize(failuresBefore);
    try (SocketBackend back = SocketBackend.running(port, SocketBackend.echoing())) {
      awaitState(first, BackendState.UP);
      long leasesBefore = first.connectionsTotal();
      for (int i = 0; i < 30; i++) {
        echo();
      }
      assertThat(first.connectionsTotal()).isEqualTo(leasesBefore + 10);
      assertThat(back.accepted()).isGreaterThanOrEqualTo(10);
      steelyard.awaitQuiet();
    }
    checker.stop().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void killAll_healthChecked_clientsAreResetAtOnce() throws Exception {
    HealthChecker checker = startChecks();
    backends.forEach(SocketBackend::crash);
    for (Backend backend : steelyard.group("app").backends()) {
      awaitState(backend, BackendState.DOWN);
    }
    for (int i = 0; i < 10; i++) {
      try (Socket client = steelyard.connect()) {
        assertThatThrownBy(() -> client.getInputStream().read())
            .isInstanceOf(SocketException.class);
      }
    }
    steelyard.observer.awaitEnded(10);
    assertThat(steelyard.observer.ended)
        .allMatch(flow -> flow.ended() == FlowEnd.NO_BACKEND && flow.tries() == 0);
    steelyard.awaitQuiet();
    checker.stop().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private HealthChecker startChecks() throws Exception {
    HealthChecker checker =
        new HealthChecker(
            steelyard.vertx(), steelyard.group("app"), Optional.empty(), ProbeObserver.NONE);
    checker.start();
    checker.firstResults().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    return checker;
  }

  private static HealthCheckConfig oftenChecked() {
    return new HealthCheckConfig(
        HealthCheckConfig.Type.TCP,
        OptionalInt.empty(),
        Duration.ofSeconds(20),
        Duration.ofMillis(20),
        2,
        2,
        HealthCheckConfig.Method.GET,
        "/",
        Optional.empty(),
        List.of(HealthCheckConfig.StatusRange.DEFAULT));
  }

  private static void awaitState(Backend backend, BackendState state) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> backend.state() == state);
  }

  private void echo() throws IOException {
    byte[] text = "still there?".getBytes(UTF_8);
    try (Socket client = steelyard.connect()) {
      client.getOutputStream().write(text);
      client.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(text);
    }
  }

  /** Before the kill a flow may be cut by it. */
  private void tryEcho() {
    try {
      echo();
    } catch (IOException cut) {
      assertThat(cut).isInstanceOf(SocketException.class);
    }
  }

  private static boolean isReset(Socket client) throws IOException {
    client.setSoTimeout(100);
    try {
      client.getInputStream().read();
      return false;
    } catch (SocketException e) {
      return true;
    } catch (java.net.SocketTimeoutException stillOpen) {
      return false;
    }
  }
}
