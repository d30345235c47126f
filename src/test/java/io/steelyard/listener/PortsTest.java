package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.NewFlows;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets that follow one another, and listeners that hand theirs over. */
@InProcess("binds and closes single ports; a process does it by its document")
class PortsTest {

  private final SocketBackend backend = SocketBackend.echo();
  private final RunningListener steelyard =
      RunningListener.tcp(new Listen(), new Group().backend(backend.port()));
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
  void target_renamed_takesNewFlowsAndTheOldOnesStay() throws Exception {
    Socket before = open();
    Listener renamed = steelyard.listener(new Listen().name("shop").build());
    steelyard.bound().target(renamed);
    Socket after = open();
    assertThat(steelyard.observer.accepted)
        .extracting(flow -> flow.listener())
        .containsExactly("web", "shop");
    assertThat(steelyard.listener().openFlowCount()).isOne();
    assertThat(renamed.openFlowCount()).isOne();
    steelyard.listener().stopAccepting();
    assertEchoes(before);
    assertEchoes(after);
    renamed.stopAccepting();
  }

  @Test
  void close_flowsOpen_freesThePortForAnotherWhileTheyLive() throws Exception {
    int port = steelyard.port();
    Socket held = open();
    BoundPort first = steelyard.bound();
    get(first.close());
    assertThatThrownBy(() -> new Socket("127.0.0.1", port)).isInstanceOf(IOException.class);
    try (ServerSocket other = new ServerSocket()) {
      other.bind(new InetSocketAddress("127.0.0.1", port));
    }
    Listener next = steelyard.listener(new Listen().name("next").build());
    BoundPort second = steelyard.bind("127.0.0.1", port, next);
    assertThat(second.port()).isEqualTo(port);
    Socket later = open();
    assertEchoes(held);
    assertThat(next.openFlowCount()).isOne();
    assertThat(first.gone().isComplete()).isFalse();
    held.close();
    get(first.gone());
    assertEchoes(later);
    next.stopAccepting();
  }

  @Test
  void bind_whileTheSameIsBeingClosed_doesNotWait() throws Exception {
    BoundPort first = steelyard.bound();
    int port = first.port();
    Socket held = open();
    first.close();
    steelyard.bind("127.0.0.1", port, steelyard.listener());
    Socket later = open();
    get(first.close());
    assertEchoes(held);
    assertEchoes(later);
    assertEchoes(open());
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0, 127.0.0.1", "::, 127.0.0.1", "0.0.0.0, ::"})
  void rebind_toTheWildcardAndBack_losesNothingUnderLoad(String wildcard, String back)
      throws Exception {
    int port = steelyard.port();
    BoundPort now = steelyard.bound();
    Socket held = open();
    try (NewFlows flows = NewFlows.opening(3, port)) {
      for (int i = 0; i < 3; i++) {
        for (String address : List.of(wildcard, back)) {
          BoundPort next = steelyard.bind(address, port, steelyard.listener());
          get(now.close());
          now = next;
          flows.awaitMore(50);
        }
      }
      flows.stop();
      assertThat(flows.failures()).isEmpty();
      assertThat(flows.slow()).as("connected only by a second SYN").isZero();
    }
    assertEchoes(held);
  }

  @Test
  void bind_heldByAnotherProcess_failsThoughItCouldBeShared() throws Exception {
    try (ServerSocket other = new ServerSocket()) {
      other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      other.bind(new InetSocketAddress("127.0.0.1", 0));
      for (String address : List.of("127.0.0.1", "0.0.0.0", "::")) {
        assertThatThrownBy(
                () -> steelyard.bind(address, other.getLocalPort(), steelyard.listener()))
            .hasRootCauseMessage("Address already in use");
      }
    }
  }

  @Test
  void bind_theVerySameTwice_fails() {
    assertThatThrownBy(() -> steelyard.bind("127.0.0.1", steelyard.port(), steelyard.listener()))
        .rootCause()
        .hasMessageContaining("in use");
    assertThatCodeEchoes();
  }

  @Test
  void bind_addressOfNoInterface_failsAndLeavesNothing() throws Exception {
    int port = LoopbackPorts.free();
    assertThatThrownBy(() -> steelyard.bind("192.0.2.1", port, steelyard.listener()))
        .rootCause()
        .hasMessageContaining("assign");
    steelyard.bind("127.0.0.1", port, steelyard.listener());
  }

  @Test
  void steerAway_nobodyElse_goesOnAccepting() throws Exception {
    steelyard.bound().steerAway();
    try (NewFlows flows = NewFlows.opening(2, steelyard.port())) {
      flows.awaitMore(500);
      flows.stop();
      assertThat(flows.failures()).isEmpty();
    }
  }

  private void assertThatCodeEchoes() {
    try {
      assertEchoes(open());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void get(io.vertx.core.Future<Void> future) throws Exception {
    future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private Socket open() throws IOException {
    Socket client = steelyard.connect();
    clients.add(client);
    assertEchoes(client);
    return client;
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }
}
