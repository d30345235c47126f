package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.Refusal;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.NewFlows;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listener that gets other settings while its flows are open. */
@InProcess("replaces settings by hand; a process does it by its document")
class RetuneTest {

  private final SocketBackend backend = SocketBackend.echo();
  private final SocketBackend other = SocketBackend.echo();
  private final Group group = new Group().backend(backend.port()).backend(other.port());
  private final List<Socket> clients = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    backend.close();
    other.close();
  }

  @Test
  void retune_flowsOpen_keepsSocketFlowsAndCounts() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      int port = steelyard.port();
      open(steelyard, 3);
      retune(steelyard, new Listen().maxConnections(10));
      assertThat(steelyard.port()).isEqualTo(port);
      assertThat(steelyard.openFlows()).isEqualTo(3);
      open(steelyard, 1);
      assertThat(steelyard.openFlows()).isEqualTo(4);
      assertAllEcho();
    }
  }

  @Test
  void retune_idleTimeout_isThatOfNewFlowsOnly() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      open(steelyard, 1);
      retune(steelyard, new Listen().idle(RunningListener.shortestTimeout()));
      try (Socket later = steelyard.connect()) {
        assertEchoes(later);
        assertThat(later.getInputStream().read()).as("ended as idle").isEqualTo(-1);
      }
      steelyard.observer.awaitEnded(1);
      assertThat(steelyard.observer.ended)
          .singleElement()
          .matches(flow -> flow.ended() == FlowEnd.IDLE);
      assertAllEcho();
    }
  }

  @Test
  void retune_fewerConnections_cutsNoneAndRefusesNew() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      open(steelyard, 3);
      retune(steelyard, new Listen().maxConnections(2));
      assertRefused(steelyard);
      assertThat(steelyard.observer.refusals).containsOnly(Refusal.MAX_CONNECTIONS);
      assertAllEcho();
      clients.removeLast().close();
      clients.removeLast().close();
      Patience.await().until(() -> steelyard.openFlows() == 1);
      open(steelyard, 1);
      assertAllEcho();
    }
  }

  @Test
  void retune_sameRate_doesNotFillTheBucketAgain() throws Exception {
    Listen limited = new Listen().rate(1, 40);
    try (RunningListener steelyard = RunningListener.tcp(limited, group)) {
      open(steelyard, 40);
      // A bucket filled again would take all of the next forty; so few come back by themselves.
      for (int i = 0; i < 40 && steelyard.observer.refusals.isEmpty(); i++) {
        retune(steelyard, limited.idle(Duration.ofSeconds(60 + i)));
        steelyard.connect().close();
        int seen = 41 + i;
        Patience.await()
            .until(
                () ->
                    steelyard.observer.accepted.size() + steelyard.observer.refusals.size()
                        >= seen);
      }
      assertThat(steelyard.observer.refusals).isNotEmpty().containsOnly(Refusal.RATE);
    }
  }

  @Test
  void retune_manyTimes_releasesAllButTheLastSettings() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      List<ListenerSettings> earlier = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        open(steelyard, 1);
        earlier.add(steelyard.listener().settings());
        retune(steelyard, new Listen().idle(Duration.ofSeconds(60 + i)));
      }
      Patience.await()
          .untilAsserted(() -> assertThat(earlier).noneMatch(ListenerSettings::tryRetain));
      assertAllEcho();
      assertThat(steelyard.openFlows()).isEqualTo(5);
    }
  }

  @Test
  void retune_clientInTheHandshake_goesOnUnderTheSettingsItCameUnder(@TempDir Path directory)
      throws Exception {
    TlsFixture fixture = new TlsFixture(directory);
    Listen listen = new Listen();
    try (RunningListener steelyard = RunningListener.tls(fixture, listen, group);
        Socket plain = steelyard.connect()) {
      Patience.await().until(() -> steelyard.openFlows() == 1);
      ListenerSettings first = steelyard.listener().settings();
      retune(steelyard, listen);
      assertThat(first.tryRetain()).as("still used by the client that has said nothing").isTrue();
      first.release();
      SSLSocket client = fixture.secure(plain, "TLSv1.3");
      assertEchoes(client);
      assertThat(first.tryRetain()).as("used once it is relayed").isFalse();
      client.close();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void retune_underLoad_losesNothing() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group);
        NewFlows flows = NewFlows.opening(2, steelyard.port())) {
      for (int i = 0; i < 300; i++) {
        retune(steelyard, new Listen().idle(Duration.ofSeconds(60 + i)));
        flows.awaitMore(1);
      }
      flows.stop();
      assertThat(flows.failures()).isEmpty();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void flows_ofOneBackend_areThoseThatHoldALeaseOnItOldestFirst() throws Exception {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      open(steelyard, 6);
      String address = "127.0.0.1:" + backend.port();
      List<DrainableFlow> found = flows(steelyard, address);
      assertThat(found).hasSize(3).isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()));
      assertThat(found).noneMatch(DrainableFlow::isEnded);
      DrainableFlow oldest = found.getFirst();
      oldest.end(FlowEnd.DRAIN, "backend drain");
      Patience.await().until(oldest::isEnded);
      steelyard.observer.awaitEnded(1);
      Flow ended = steelyard.observer.ended.getFirst();
      assertThat(ended.id()).isEqualTo(oldest.id());
      assertThat(ended.ended()).isEqualTo(FlowEnd.DRAIN);
      assertThat(ended.backend()).isEqualTo(address);
      assertThat(flows(steelyard, address)).hasSize(2);
      oldest.end(FlowEnd.ADMIN, "again");
      assertThat(flows(steelyard, address)).hasSize(2);
    }
  }

  @Test
  void flows_waitingForRoom_holdNoLease() throws Exception {
    Group full = new Group().backend(backend.port(), 100, 1).queue(5, Duration.ofSeconds(60));
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), full);
        Socket leased = steelyard.connect()) {
      assertEchoes(leased);
      try (Socket waiting = steelyard.connect()) {
        Patience.await().until(() -> steelyard.waiting() == 1);
        assertThat(waiting.isConnected()).isTrue();
        assertThat(flows(steelyard, "127.0.0.1:" + backend.port())).hasSize(1);
        assertThat(steelyard.openFlows()).isEqualTo(2);
      }
    }
  }

  @Test
  void retune_afterStopAccepting_isABug() {
    try (RunningListener steelyard = RunningListener.tcp(new Listen(), group)) {
      steelyard.listener().stopAccepting();
      ListenerSettings next = steelyard.settings(new Listen().build());
      assertThatThrownBy(() -> steelyard.listener().retune(next))
          .isInstanceOf(IllegalStateException.class);
      next.release();
    }
  }

  private static List<DrainableFlow> flows(RunningListener steelyard, String address)
      throws InterruptedException, ExecutionException {
    return steelyard
        .listener()
        .flows(flow -> flow.isLeased() && address.equals(flow.backend()))
        .toCompletionStage()
        .toCompletableFuture()
        .get();
  }

  private static void retune(RunningListener steelyard, Listen listen) {
    steelyard.listener().retune(steelyard.settings(listen.build()));
  }

  private void open(RunningListener steelyard, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket client = steelyard.connect();
      clients.add(client);
      assertEchoes(client);
    }
  }

  private static void assertRefused(RunningListener steelyard) {
    assertThatThrownBy(
            () -> {
              try (Socket client = steelyard.connect()) {
                client.getOutputStream().write(42);
                if (client.getInputStream().read() < 0) {
                  throw new IOException("refused");
                }
              }
            })
        .isInstanceOf(IOException.class);
  }

  private void assertAllEcho() throws IOException {
    for (Socket client : clients) {
      assertEchoes(client);
    }
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }
}
