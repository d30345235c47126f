package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A listener that takes nothing new and lets the old finish. */
class ListenerDrainTest {

  private final SocketBackend backend = SocketBackend.echo();
  private final RunningListener steelyard =
      RunningListener.tcp(
          new Listen().drain(Duration.ofSeconds(60)), new Group().backend(backend.port()));
  private final List<Socket> clients = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    steelyard.close();
    backend.close();
  }

  @Test
  void drain_flowsOpen_takesNoneNewAndOldGoOn() throws Exception {
    open(4);
    CompletableFuture<Void> drained = steelyard.drain();
    Patience.await().until(this::isNobodyLetIn);
    // Who was let in before the sockets were hidden is served as those of before.
    for (Socket client : clients) {
      assertEchoes(client);
    }
    assertThat(drained.isDone()).isFalse();
    assertThat(steelyard.openFlows()).isEqualTo(clients.size());
    for (Socket client : clients) {
      client.close();
    }
    drained.get(20, TimeUnit.SECONDS);
    assertThat(steelyard.observer.ended)
        .hasSameSizeAs(clients)
        .allMatch(flow -> flow.ended() == FlowEnd.CLIENT_END);
    assertThat(steelyard.observer.refusals).isEmpty();
    steelyard.awaitQuiet();
  }

  @Test
  void drain_flowsOpen_portCanBeBoundAgainAtOnce() throws Exception {
    int port = steelyard.port();
    open(2);
    steelyard.drain();
    Patience.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> bound(port));
    for (Socket client : clients) {
      assertEchoes(client);
    }
  }

  @Test
  void drain_nothingWasEverAccepted_isDoneAndThePortIsFree() throws Exception {
    int port = steelyard.port();
    steelyard.drain().get(20, TimeUnit.SECONDS);
    Patience.await().ignoreExceptionsInstanceOf(IOException.class).until(() -> bound(port));
  }

  @InProcess("ends flows by number; a process ends them by its clock")
  @Test
  void endOldest_whileDraining_endsTheLongestOpenOnesAsDrain() throws Exception {
    open(8);
    steelyard.listener().stopAccepting();
    steelyard.listener().endOldest(3, FlowEnd.DRAIN, "drain timeout");
    steelyard.observer.awaitEnded(3);
    List<Flow> ended = List.copyOf(steelyard.observer.ended);
    assertThat(ended).hasSize(3).allMatch(flow -> flow.ended() == FlowEnd.DRAIN);
    for (Flow flow : ended) {
      assertThat(steelyard.observer.accepted)
          .filteredOn(other -> other.loop() == flow.loop() && other.id() < flow.id())
          .as("older ones of the same loop have ended too")
          .allMatch(ended::contains);
    }
    for (Socket client : clients) {
      if (ended.stream().anyMatch(flow -> flow.client().getPort() == client.getLocalPort())) {
        assertThat(client.getInputStream().read()).as("a clean end").isEqualTo(-1);
      } else {
        assertEchoes(client);
      }
    }
    steelyard.listener().endOldest(100, FlowEnd.DRAIN, "drain timeout");
    steelyard.observer.awaitEnded(8);
    steelyard.awaitQuiet();
  }

  private void open(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket client = steelyard.connect();
      assertEchoes(client);
      clients.add(client);
    }
  }

  /** Whether no new client is let in; one that is stays among the clients. */
  private boolean isNobodyLetIn() throws IOException {
    try {
      clients.add(steelyard.connect());
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  private static boolean bound(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    }
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }
}
