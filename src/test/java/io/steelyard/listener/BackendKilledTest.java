package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.backend.BackendState;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.Patience;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A backend dies under load: what was open on it is reset, what comes after is served by the
 * others, and it is used again once it is back.
 */
class BackendKilledTest {

  private static final int CLIENTS = 4;
  private static final int FLOWS_AFTER = 1_200;

  private static final HealthCheckConfig UNCHECKED = checked(HealthCheckConfig.Type.NONE);

  /** As often as a document can ask for. */
  private static final HealthCheckConfig OFTEN_CHECKED = checked(HealthCheckConfig.Type.TCP);

  private final List<SocketBackend> backends = new ArrayList<>();
  private RunningListener steelyard;

  private static HealthCheckConfig checked(HealthCheckConfig.Type type) {
    HealthCheckConfig defaults = HealthCheckConfig.DEFAULT;
    return new HealthCheckConfig(
        type,
        OptionalInt.empty(),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        1,
        1,
        defaults.method(),
        defaults.path(),
        Optional.empty(),
        defaults.expectStatus());
  }

  private void start(HealthCheckConfig healthCheck) {
    Group group = new Group();
    for (int i = 0; i < 3; i++) {
      backends.add(SocketBackend.echo());
      group.backend(backends.get(i).port());
    }
    steelyard = RunningListener.tcp(new Listen(), group.health(healthCheck));
  }

  @AfterEach
  void stop() {
    steelyard.close();
    backends.forEach(SocketBackend::close);
  }

  @Test
  void kill_underLoad_noLaterFlowFails() throws Exception {
    start(UNCHECKED);
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
      Patience.await().until(() -> before.get() > 50);
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
    start(UNCHECKED);
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
    start(OFTEN_CHECKED);
    String first = backends.getFirst().address();
    steelyard.awaitState(first, BackendState.UP);
    int port = backends.getFirst().port();
    backends.getFirst().crash();
    steelyard.awaitState(first, BackendState.DOWN);
    assertThat(steelyard.healthReason(first)).isEqualTo("refused");
    int failuresBefore = steelyard.observer.connectFailures.size();
    for (int i = 0; i < 30; i++) {
      echo();
    }
    assertThat(steelyard.observer.connectFailures)
        .as("a backend that is down is not even tried")
        .hasSize(failuresBefore);
    try (SocketBackend back = SocketBackend.running(port, SocketBackend.echoing())) {
      steelyard.awaitState(first, BackendState.UP);
      long leasesBefore = steelyard.leasesTotal(first);
      for (int i = 0; i < 30; i++) {
        echo();
      }
      assertThat(steelyard.leasesTotal(first)).isEqualTo(leasesBefore + 10);
      assertThat(back.accepted()).isGreaterThanOrEqualTo(10);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void killAll_healthChecked_clientsAreResetAtOnce() throws Exception {
    start(OFTEN_CHECKED);
    backends.forEach(SocketBackend::crash);
    for (SocketBackend backend : backends) {
      steelyard.awaitState(backend.address(), BackendState.DOWN);
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
