package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ListenerConfig.AccessConfig.Mode;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.flow.Refusal;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that are turned away before any cryptography: not one byte of TLS, each counted. */
class AdmissionTest {

  /** A ClientHello's first bytes: enough for a server to start to answer, were it to. */
  private static final byte[] HELLO = {22, 3, 1, 0, 4, 1, 0, 0, 0};

  private final TlsFixture fixture;
  private final SocketBackend backend = SocketBackend.echo();
  private final Group group = new Group().backend(backend.port());

  AdmissionTest(@TempDir Path directory) {
    fixture = new TlsFixture(directory);
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @ParameterizedTest
  @EnumSource(OnLimit.class)
  void accessList_clientDenied_seesItsEndAndNoTls(OnLimit onLimit) throws Exception {
    try (RunningListener steelyard =
        RunningListener.tls(
            fixture, new Listen().access(Mode.DENY, "127.0.0.0/8").onLimit(onLimit), group)) {
      assertRefused(steelyard, onLimit);
      assertThat(steelyard.observer.refusals).containsExactly(Refusal.ACCESS);
      assertThat(steelyard.observer.accepted).isEmpty();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void accessList_onlyOthersAllowed_isRefused() throws Exception {
    try (RunningListener steelyard =
        RunningListener.tls(fixture, new Listen().access(Mode.ALLOW, "192.0.2.0/24"), group)) {
      assertRefused(steelyard, OnLimit.RESET);
      assertThat(steelyard.observer.refusals).containsExactly(Refusal.ACCESS);
    }
  }

  @Test
  void accessList_clientAllowed_isServed() throws Exception {
    try (RunningListener steelyard =
        RunningListener.tls(fixture, new Listen().access(Mode.ALLOW, "127.0.0.1/32"), group)) {
      try (SSLSocket client = TlsClient.of(fixture).connect(steelyard)) {
        assertServed(client);
      }
      assertThat(steelyard.observer.refusals).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(OnLimit.class)
  void maxConnections_manyAtOnce_isExactAndPlacesAreReused(OnLimit onLimit) throws Exception {
    int places = 7;
    try (RunningListener steelyard =
        RunningListener.tcp(new Listen().maxConnections(places).onLimit(onLimit), group)) {
      for (int round = 1; round <= 3; round++) {
        List<Socket> clients = connectAtOnce(steelyard, 40);
        int served = 0;
        for (Socket client : clients) {
          served += isServed(client) ? 1 : 0;
        }
        assertThat(served).isEqualTo(places);
        assertThat(steelyard.openFlows()).isEqualTo(places);
        assertThat(steelyard.observer.refusals)
            .hasSize(round * (40 - places))
            .containsOnly(Refusal.MAX_CONNECTIONS);
        for (Socket client : clients) {
          client.close();
        }
        steelyard.awaitQuiet();
      }
    }
  }

  @Test
  void rate_moreThanTheBurstAtOnce_theRestIsRefused() throws Exception {
    int burst = 5;
    try (RunningListener steelyard = RunningListener.tcp(new Listen().rate(1, burst), group)) {
      int served = 0;
      for (Socket client : connectAtOnce(steelyard, 15)) {
        served += isServed(client) ? 1 : 0;
        client.close();
      }
      // One a second more, as long as the machine takes for the fifteen.
      assertThat(served).isBetween(burst, 14);
      assertThat(steelyard.observer.refusals).hasSize(15 - served).containsOnly(Refusal.RATE);
      steelyard.awaitQuiet();
      try (Socket later = servedAgain(steelyard)) {
        assertServed(later);
      }
    }
  }

  /** The bucket fills again: sooner or later a client is let in. */
  private static Socket servedAgain(RunningListener steelyard) throws IOException {
    for (int i = 0; i < 100_000; i++) {
      Socket client = steelyard.connect();
      if (isServed(client)) {
        return client;
      }
      client.close();
    }
    throw new AssertionError("never let in again");
  }

  private static List<Socket> connectAtOnce(RunningListener steelyard, int count) throws Exception {
    List<Future<Socket>> connecting = new ArrayList<>();
    List<Socket> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < count; i++) {
        connecting.add(threads.submit(steelyard::connect));
      }
      for (Future<Socket> each : connecting) {
        clients.add(each.get(20, TimeUnit.SECONDS));
      }
    }
    return clients;
  }

  private static boolean isServed(Socket client) {
    try {
      client.getOutputStream().write(42);
      return client.getInputStream().read() == 42;
    } catch (IOException refused) {
      return false;
    }
  }

  private static void assertServed(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }

  private static void assertRefused(RunningListener steelyard, OnLimit onLimit) throws IOException {
    try (Socket client = steelyard.connect()) {
      switch (onLimit) {
        case RESET ->
            assertThatThrownBy(
                    () -> {
                      client.getOutputStream().write(HELLO);
                      client.getInputStream().read();
                    })
                .isInstanceOf(SocketException.class);
        case CLOSE -> {
          client.getOutputStream().write(HELLO);
          assertThat(client.getInputStream().readAllBytes()).isEmpty();
        }
      }
    }
  }
}
