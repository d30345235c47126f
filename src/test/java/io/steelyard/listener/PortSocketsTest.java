package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.flow.Flow;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.NewFlows;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The listening sockets behind a port: one an event loop, and whom their clients are given to. */
@InProcess("chooses the number of event loops, and looks at their channels")
class PortSocketsTest {

  private final SocketBackend backend = SocketBackend.echo();
  private final List<Socket> clients = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    backend.close();
  }

  private PortScene scene(int loops) {
    return new PortScene(loops, false, config(), group());
  }

  private static ListenerConfig config() {
    return new Listen().build();
  }

  private ServerGroupConfig group() {
    return new Group().backend(backend.port()).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::", "::1"})
  void bind_anyFreePort_everyLoopListensOnTheSame(String literal) throws Exception {
    try (PortScene scene = scene(4)) {
      BoundPort bound = scene.bind(literal, 0);
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getByName(bound.address()), bound.port());
      assertThat(ReuseportGroup.size(address)).isEqualTo(4);
      PortScene.get(bound.close());
      assertThat(ReuseportGroup.size(address)).isZero();
    }
  }

  @Test
  void bind_moreSocketsThanAllowed_onePerPortOnTheLoopsInTurn() throws Exception {
    try (PortScene scene = scene(2)) {
      int full = Ports.MAX_SOCKETS / 2;
      for (int i = 0; i < full; i++) {
        assertThat(scene.bind(0).sockets()).isEqualTo(2);
      }
      BoundPort one = scene.bind(0);
      BoundPort other = scene.bind(0);
      assertThat(List.of(one.sockets(), other.sockets())).containsExactly(1, 1);
      for (int i = 0; i < 5; i++) {
        open(one.port());
        open(other.port());
      }
      assertThat(scene.counts()).containsExactly(5, 5);
      PortScene.get(scene.ports.cut());
      Patience.await().untilAsserted(() -> assertThat(scene.counts()).containsExactly(0, 0));
      assertThat(scene.bind(0).sockets()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void accepted_64ThatStay_loopsDifferByNoMoreThanTheRuleAllows(int loops) throws Exception {
    try (PortScene scene = scene(loops)) {
      int port = scene.bind(0).port();
      for (int i = 0; i < 64; i++) {
        open(port);
        int most = Collections.max(scene.counts());
        assertThat(most - Collections.min(scene.counts()))
            .isLessThanOrEqualTo(Math.max(2, (most - 1) / 4) + 1);
      }
      assertThat(scene.counts().stream().mapToInt(count -> count).sum()).isEqualTo(64);
      assertThat(scene.observer.accepted).hasSize(64);
    }
  }

  @Test
  void accepted_allGone_nothingIsCountedOrHeld() throws Exception {
    try (PortScene scene = scene(2)) {
      BoundPort bound = scene.bind(0);
      for (int i = 0; i < 10; i++) {
        open(bound.port());
      }
      assertThat(scene.accepted()).hasSize(10);
      for (Socket client : clients) {
        client.close();
      }
      Patience.await().untilAsserted(() -> assertThat(scene.counts()).containsExactly(0, 0));
      assertThat(scene.accepted()).isEmpty();
      PortScene.get(bound.close());
      PortScene.get(bound.gone());
      assertThat(scene.registered()).noneMatch(ServerChannel.class::isInstance);
    }
  }

  @Test
  void accepted_hasTheOptionsOfTheListeningSocketAndTheKernel() throws Exception {
    try (PortScene scene = scene(2)) {
      clients.add(new Socket(InetAddress.getLoopbackAddress(), scene.bind(0).port()));
      // TCP_QUICKACK tells the state of the moment: on until we have answered.
      Patience.await().until(() -> !scene.accepted().isEmpty());
      assertThat(scene.accepted())
          .singleElement()
          .satisfies(
              client -> {
                assertThat(option(client, ChannelOption.SO_KEEPALIVE)).isTrue();
                assertThat(option(client, ChannelOption.TCP_NODELAY)).isTrue();
                assertThat(option(client, EpollChannelOption.TCP_QUICKACK)).isTrue();
              });
    }
  }

  private static boolean option(Channel channel, ChannelOption<Boolean> option) {
    return channel.config().getOption(option);
  }

  @Test
  void cut_afterTheSocketsAreClosed_endsWhatCameThroughThemAndNothingElse() throws Exception {
    try (PortScene scene = scene(2)) {
      BoundPort first = scene.bind(0);
      BoundPort second = scene.bind(0);
      Socket cut = open(first.port());
      Socket kept = open(second.port());
      PortScene.get(first.close());
      echo(cut);
      PortScene.get(first.cut());
      assertThat(cut.getInputStream().read()).isEqualTo(-1);
      echo(kept);
    }
  }

  @Test
  void transportOfTheJdk_oneSocket_servesAllLoops() throws Exception {
    VertxOptions options =
        new VertxOptions().setPreferNativeTransport(false).setEventLoopPoolSize(2);
    try (PortScene scene = new PortScene(options, false, config(), group())) {
      BoundPort bound = scene.bind(0);
      assertThat(bound.sockets()).isOne();
      for (int i = 0; i < 6; i++) {
        open(bound.port());
      }
      assertThat(scene.counts()).containsExactly(3, 3);
      assertThat(scene.accepted())
          .allSatisfy(client -> assertThat(option(client, ChannelOption.SO_KEEPALIVE)).isTrue());
      PortScene.get(bound.close());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2", "4, 1", "4, 2", "4, 3", "2, 4"})
  void takeover_withAnyNumberOfLoops_losesNothingUnderLoad(int before, int after) {
    int port = LoopbackPorts.free();
    try (PortScene old = scene(before);
        PortScene next = new PortScene(after, true, config(), group())) {
      BoundPort left = old.bind(port);
      try (NewFlows flows = NewFlows.opening(3, port)) {
        flows.awaitMore(50);
        next.bind(port);
        flows.awaitMore(50);
        left.steerAway();
        flows.awaitMore(50);
        PortScene.get(left.close());
        int others = next.observer.accepted.size();
        flows.awaitMore(100);
        flows.stop();
        assertThat(flows.failures()).isEmpty();
        assertThat(flows.slow()).as("connected only by a second SYN").isZero();
        assertThat(next.observer.accepted.stream().skip(others).map(Flow::loop).distinct())
            .as("spread by the kernel again where it can be")
            .hasSizeGreaterThanOrEqualTo(after >= before ? after : 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void takeover_ofAWildcard_losesNothingUnderLoad(String wildcard) {
    int port = LoopbackPorts.free();
    try (PortScene old = scene(2);
        PortScene next = new PortScene(2, true, config(), group())) {
      BoundPort left = old.bind(wildcard, port);
      try (NewFlows flows = NewFlows.opening(3, port)) {
        flows.awaitMore(50);
        next.bind(wildcard, port);
        flows.awaitMore(50);
        left.steerAway();
        flows.awaitMore(50);
        PortScene.get(left.close());
        flows.awaitMore(100);
        flows.stop();
        assertThat(flows.failures()).isEmpty();
        assertThat(flows.slow()).as("connected only by a second SYN").isZero();
      }
    }
  }

  @Test
  void takeover_stoppedAgain_losesNothingUnderLoad() {
    int port = LoopbackPorts.free();
    try (PortScene old = scene(2);
        PortScene next = new PortScene(2, true, config(), group())) {
      old.bind(port);
      try (NewFlows flows = NewFlows.opening(3, port)) {
        flows.awaitMore(50);
        BoundPort joined = next.bind(port);
        flows.awaitMore(50);
        PortScene.get(joined.close());
        flows.awaitMore(100);
        flows.stop();
        assertThat(flows.failures()).isEmpty();
        assertThat(flows.slow()).as("connected only by a second SYN").isZero();
      }
    }
  }

  private Socket open(int port) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    client.setSoTimeout(20_000);
    clients.add(client);
    echo(client);
    return client;
  }

  private static void echo(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }
}
