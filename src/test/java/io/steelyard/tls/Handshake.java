package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.tls.ServerTls.Outcome;
import io.steelyard.tls.ServerTls.Selection;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import io.steelyard.wire.ClientHello;
import io.steelyard.wire.ClientHelloReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A handshake between two real TLS handlers whose bytes are carried by hand: same engines, same
 * records as over a socket, nothing to wait for. The ClientHello is read and the certificate chosen
 * as a listener does.
 */
final class Handshake implements AutoCloseable, HandshakeTarget {

  /** Is told nothing. */
  static final HandshakeTarget NOBODY =
      new HandshakeTarget() {
        @Override
        public void handshakeDone(TlsFacts facts) {
          throw new AssertionError(facts);
        }

        @Override
        public void handshakeFailed(HandshakeFailure failure, String detail) {
          throw new AssertionError(failure);
        }
      };

  private final SslHandler clientHandler;
  private final EmbeddedChannel client;
  private final Selection selection;
  private @Nullable EmbeddedChannel server;
  private @Nullable Throwable clientFailure;
  private @Nullable Outcome outcome;
  private @Nullable HandshakeFailure failure;
  private @Nullable String detail;
  private final StringBuilder serverGot = new StringBuilder();
  private final StringBuilder clientGot = new StringBuilder();

  private Handshake(ServerTls tls, SslHandler clientHandler, boolean further) {
    this.clientHandler = clientHandler;
    this.client = channel(clientHandler, this::clientFailed);
    ByteBuf first = Unpooled.buffer();
    for (ByteBuf part = client.readOutbound(); part != null; part = client.readOutbound()) {
      first.writeBytes(part);
      part.release();
    }
    ClientHello hello = ((ClientHelloReader.Result.Complete) ClientHelloReader.read(first)).hello();
    this.selection = tls.select(hello);
    if (selection instanceof Accepted accepted) {
      ChannelInboundHandlerAdapter place = new ChannelInboundHandlerAdapter();
      server = channel(place, failed -> {});
      accepted.begin(server.pipeline().context(place), this);
      deliver(first, server);
      if (further) {
        carry();
      }
    } else {
      first.release();
    }
  }

  /** Runs it as far as it goes. */
  static Handshake run(ServerTls tls, SslHandler clientHandler) {
    return new Handshake(tls, clientHandler, true);
  }

  /** The client's hello, then a record that is none. */
  static HandshakeFailure failAfterHello(ServerTls tls, SslHandler clientHandler) {
    try (Handshake handshake = new Handshake(tls, clientHandler, false)) {
      ByteBuf garbage = Unpooled.wrappedBuffer(new byte[] {0x16, 3, 3, 0, 4, 9, 9, 9, 9});
      deliver(garbage, handshake.server());
      return handshake.failure();
    }
  }

  private static EmbeddedChannel channel(ChannelHandler handler, Consumer<Throwable> failure) {
    return new EmbeddedChannel(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(handler, new FailureHandler(failure));
          }
        });
  }

  /** Carries bytes both ways until neither side has any left. */
  void carry() {
    boolean moved = true;
    while (moved) {
      client.runPendingTasks();
      server().runPendingTasks();
      boolean up = move(client, server(), serverGot);
      boolean down = move(server(), client, clientGot);
      moved = up || down;
    }
  }

  private boolean move(EmbeddedChannel from, EmbeddedChannel to, StringBuilder got) {
    boolean moved = false;
    for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      moved = true;
      if (!to.isActive()) {
        bytes.release();
        continue;
      }
      deliver(bytes, to);
    }
    for (ByteBuf plain = to.readInbound(); plain != null; plain = to.readInbound()) {
      got.append(plain.toString(StandardCharsets.UTF_8));
      plain.release();
    }
    return moved;
  }

  private static void deliver(ByteBuf bytes, EmbeddedChannel to) {
    // Not through writeInbound: it throws once a handler has closed the channel, which is what some
    // tests are about.
    to.pipeline().fireChannelRead(bytes);
    to.pipeline().fireChannelReadComplete();
    to.runPendingTasks();
  }

  private void clientFailed(Throwable cause) {
    clientFailure = clientFailure == null ? cause : clientFailure;
  }

  @Override
  public void handshakeDone(TlsFacts facts) {
    tell(new Outcome.Done(facts));
  }

  @Override
  public void handshakeFailed(HandshakeFailure reason, String told) {
    failure = reason;
    detail = told;
    tell(new Outcome.Rejected(reason));
  }

  /** The alert that the client is said to have sent. */
  String alertTold() {
    assertThat(detail).contains("_ALERT_");
    return detail.substring(detail.indexOf("_ALERT_"));
  }

  private void tell(Outcome told) {
    assertThat(outcome).as("told before").isNull();
    outcome = told;
  }

  private EmbeddedChannel server() {
    assertThat(server).as("refused: %s", selection).isNotNull();
    return server;
  }

  SslHandler clientSide() {
    return clientHandler;
  }

  Selection selection() {
    return selection;
  }

  /** How the listener judges the handshake. */
  Outcome outcome() {
    assertThat(outcome).as("the end of the handshake").isNotNull();
    return outcome;
  }

  /** What it agreed on; fails where the listener rejects it. */
  TlsFacts facts() {
    Outcome outcome = outcome();
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).facts();
  }

  /** Why it failed, as the listener is told. */
  HandshakeFailure failure() {
    assertThat(failure).as("the server's handshake failure").isNotNull();
    return failure;
  }

  /** Every message of what the client failed with: the alert's name is among them. */
  String clientFailure() {
    Throwable cause = clientHandler.handshakeFuture().cause();
    Throwable shown = cause == null ? clientFailure : cause;
    assertThat(shown).as("the client's failure").isNotNull();
    StringBuilder text = new StringBuilder();
    for (Throwable at = shown; at != null; at = at.getCause()) {
      text.append(at).append('\n');
    }
    return text.toString();
  }

  /** Sends text to the client (which also lets it read tickets) and back. */
  Handshake exchange() {
    server().writeOutbound(Unpooled.copiedBuffer("ping", StandardCharsets.UTF_8));
    carry();
    assertThat(clientGot.toString()).endsWith("ping");
    client.writeOutbound(Unpooled.copiedBuffer("pong", StandardCharsets.UTF_8));
    carry();
    assertThat(serverGot.toString()).endsWith("pong");
    return this;
  }

  @Override
  public void close() {
    client.close();
    if (server != null) {
      carry();
      server.close();
      carry();
      release(server);
    }
    release(client);
  }

  private static void release(EmbeddedChannel channel) {
    channel.close();
    channel.runPendingTasks();
    channel.releaseInbound();
    channel.releaseOutbound();
  }

  /** Keeps what failed. */
  private static final class FailureHandler extends ChannelInboundHandlerAdapter {
    private final Consumer<Throwable> failure;

    FailureHandler(Consumer<Throwable> failure) {
      this.failure = failure;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failure.accept(cause);
    }
  }
}
