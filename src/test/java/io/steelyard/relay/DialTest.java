package io.steelyard.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.steelyard.backend.Lease;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.RecordingObserver;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a dial does when opening a connection fails before it is one. */
class DialTest {

  @Test
  void dial_clientThrowsInsteadOfFailing_endsAsConnectFailedAndHoldsNoLease() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      ServerGroup group = new ServerGroup(new Group().backend(1).build());
      Clients clients = new Clients(vertx);
      GroupRuntime runtime = new GroupRuntime(clients, group, group.config(), Optional.empty());
      // A closed NetClient throws from connect(), as one does whose classes cannot be loaded.
      clients.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
      InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
      Flow flow = new Flow(1, "web", 0, loopback, loopback);
      ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
      Outcome outcome = new Outcome();
      Dial dial = new Dial(runtime, context, flow, new RecordingObserver(), outcome);
      context.runOnContext(v -> dial.start());
      assertThat(outcome.end.get(20, TimeUnit.SECONDS)).isEqualTo(FlowEnd.CONNECT_FAILED);
      assertThat(group.backends().getFirst().connections()).isZero();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  private static final class Outcome implements Dial.Target {
    private final CompletableFuture<FlowEnd> end = new CompletableFuture<>();

    @Override
    public void connected(Channel backend, Lease lease, long connectNanos) {
      end.completeExceptionally(new AssertionError("connected"));
    }

    @Override
    public void failed(FlowEnd how, String detail) {
      end.complete(how);
    }

    @Override
    public Optional<ByteBuf> proxyHeader(ProxyProtocol settings) {
      return Optional.empty();
    }
  }
}
