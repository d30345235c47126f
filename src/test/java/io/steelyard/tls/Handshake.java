package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A handshake between two real TLS handlers whose bytes are carried by hand: same engines, same records as over a
 * socket, nothing to wait for.
 */
final class Handshake implements AutoCloseable {

  private final Accepted accepted;
  private final SslHandler serverHandler;
  private final SslHandler clientHandler;
  final EmbeddedChannel server;
  final EmbeddedChannel client;
  private @Nullable Throwable serverFailure;
  private @Nullable Throwable clientFailure;
  private final StringBuilder serverGot = new StringBuilder();
  private final StringBuilder clientGot = new StringBuilder();

  private Handshake(Accepted accepted, SslHandler clientHandler) {
    this.accepted = accepted;
    this.serverHandler = accepted.newHandler(UnpooledByteBufAllocator.DEFAULT);
    this.clientHandler = clientHandler;
    this.server = channel(serverHandler);
    this.client = channel(clientHandler);
  }

  /** Runs it as far as it goes. */
  static Handshake run(Accepted accepted, SslHandler clientHandler) {
    Handshake handshake = new Handshake(accepted, clientHandler);
    handshake.carry();
    return handshake;
  }

  private static EmbeddedChannel channel(SslHandler handler) {
    return new EmbeddedChannel(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(handler);
          }
        });
  }

  /** Carries bytes both ways until neither side has any left. */
  void carry() {
    boolean moved = true;
    while (moved) {
      client.runPendingTasks();
      server.runPendingTasks();
      moved = move(client, server, serverGot, true) | move(server, client, clientGot, false);
    }
  }

  private boolean move(
      EmbeddedChannel from, EmbeddedChannel to, StringBuilder got, boolean toServer) {
    boolean moved = false;
    for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      moved = true;
      if (!to.isActive()) {
        bytes.release();
        continue;
      }
      try {
        to.writeOneInbound(bytes);
        to.flushInbound();
      } catch (Exception e) {
        note(e, toServer);
      }
    }
    for (ByteBuf plain = to.readInbound(); plain != null; plain = to.readInbound()) {
      got.append(plain.toString(StandardCharsets.UTF_8));
      plain.release();
    }
    return moved;
  }

  private void note(Throwable failure, boolean atServer) {
    if (atServer && serverFailure == null) {
      serverFailure = failure;
    } else if (!atServer && clientFailure == null) {
      clientFailure = failure;
    }
  }

  ServerTls.Outcome outcome(OptionalInt group) {
    assertThat(serverHandler.handshakeFuture().isSuccess())
        .as("server handshake: %s", serverHandler.handshakeFuture().cause())
        .isTrue();
    return accepted.completed(serverHandler, group);
  }

  io.steelyard.flow.TlsFacts facts() {
    ServerTls.Outcome outcome = outcome(OptionalInt.empty());
    assertThat(outcome).isInstanceOf(ServerTls.Outcome.Done.class);
    return ((ServerTls.Outcome.Done) outcome).facts();
  }

  Throwable serverFailure() {
    Throwable cause = serverHandler.handshakeFuture().cause();
    assertThat(cause).as("the server's handshake failure").isNotNull();
    return cause;
  }

  String clientFailure() {
    Throwable cause = clientHandler.handshakeFuture().cause();
    Throwable shown = cause == null ? clientFailure : cause;
    assertThat(shown).as("the client's failure").isNotNull();
    StringBuilder text = new StringBuilder();
    for (Throwable at = shown; at != null; at = at.getCause()) {
      text.append(at.getMessage()).append('\n');
    }
    return text.toString();
  }

  SslHandler clientHandler() {
    return clientHandler;
  }

  /** Sends text to the client (which also lets it read tickets) and back. */
  void exchange() {
    server.writeOutbound(Unpooled.copiedBuffer("ping", StandardCharsets.UTF_8));
    carry();
    assertThat(clientGot.toString()).isEqualTo("ping");
    client.writeOutbound(Unpooled.copiedBuffer("pong", StandardCharsets.UTF_8));
    carry();
    assertThat(serverGot.toString()).isEqualTo("pong");
  }

  @Override
  public void close() {
    try {
      client.close();
      carry();
      server.close();
      carry();
    } finally {
      quietly(client);
      quietly(server);
    }
  }

  private static void quietly(EmbeddedChannel channel) {
    try {
      channel.finishAndReleaseAll();
    } catch (Exception e) {
      // What failed was asserted before; only buffers are released here.
      channel.releaseInbound();
      channel.releaseOutbound();
    }
    channel.advanceTimeBy(1, TimeUnit.MINUTES);
  }
}
