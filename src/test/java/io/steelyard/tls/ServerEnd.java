package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCounted;
import io.steelyard.testkit.HandClient;
import io.steelyard.tls.ServerTls.Outcome;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import io.steelyard.wire.ClientHelloReader;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import javax.net.ssl.SSLException;

/**
 * A listener's end of one TLS connection on a channel without a socket: takes bytes cut as a test
 * wants them, keeps what comes out on either side.
 */
final class ServerEnd implements AutoCloseable {

  /** In the order in which they came. */
  final List<Object> told = new ArrayList<>();

  final List<Integer> capacities = new ArrayList<>();
  private final ByteArrayOutputStream got = new ByteArrayOutputStream();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReferenceCountedOpenSslEngine engine;

  /** Has seen the client's hello, and answered it. */
  ServerEnd(ServerTls tls, byte[] hello) {
    ByteBuf first = Unpooled.wrappedBuffer(hello);
    ClientHelloReader.Result read = ClientHelloReader.read(first);
    Accepted accepted = (Accepted) tls.select(((ClientHelloReader.Result.Complete) read).hello());
    SslHandler handler = accepted.newHandler(channel.alloc());
    engine = (ReferenceCountedOpenSslEngine) handler.engine();
    channel.pipeline().addLast(handler, new Tail(accepted, handler));
    give(hello);
  }

  /** The two ends after their handshake. */
  static ServerEnd connected(ServerTls tls, HandClient client) throws SSLException {
    ServerEnd server = new ServerEnd(tls, client.hello());
    server.finish(client);
    return server;
  }

  /** Runs the handshake to its end. */
  void finish(HandClient client) throws SSLException {
    for (int i = 0; i < 10 && !(client.isDone() && isHandedOver()); i++) {
      give(client.take(taken()));
    }
    assertThat(client.isDone()).isTrue();
    assertThat(isHandedOver()).isTrue();
  }

  boolean isHandedOver() {
    return channel.pipeline().get(NativeTlsHandler.class) != null
        && channel.pipeline().get(SslHandler.class) == null;
  }

  /** One read of those bytes. */
  void give(byte[] bytes) {
    give(bytes, 0, bytes.length);
  }

  void give(byte[] bytes, int from, int to) {
    give(channel.alloc().directBuffer(Math.max(1, to - from)).writeBytes(bytes, from, to - from));
  }

  void give(ByteBuf bytes) {
    channel.pipeline().fireChannelRead(bytes);
    channel.pipeline().fireChannelReadComplete();
    channel.runPendingTasks();
  }

  /** What it has sent since the last call. */
  byte[] taken() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      byte[] part = new byte[bytes.readableBytes()];
      bytes.readBytes(part);
      bytes.release();
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  void write(ByteBuf plaintext) {
    channel.writeAndFlush(plaintext, channel.voidPromise());
  }

  void write(byte[] plaintext) {
    write(channel.alloc().directBuffer(Math.max(1, plaintext.length)).writeBytes(plaintext));
  }

  boolean closeNotify() {
    return CloseNotify.send(channel).isSuccess();
  }

  void closeChannel() {
    ChannelPromise closed = channel.newPromise();
    channel.close(closed);
    channel.runPendingTasks();
    assertThat(closed.isSuccess()).isTrue();
  }

  byte[] received() {
    return got.toByteArray();
  }

  List<Throwable> failures() {
    return told.stream().filter(Throwable.class::isInstance).map(Throwable.class::cast).toList();
  }

  boolean isEnded() {
    return told.contains(CloseNotify.RECEIVED);
  }

  ReferenceCounted engine() {
    return engine;
  }

  @Override
  public void close() {
    channel.pipeline().fireChannelReadComplete();
    channel.close();
    channel.runPendingTasks();
    channel.releaseOutbound();
    channel.releaseInbound();
    assertThat(engine.refCnt()).as("references to the engine").isZero();
  }

  private final class Tail extends ChannelInboundHandlerAdapter {
    private final Accepted accepted;
    private final SslHandler handler;

    Tail(Accepted accepted, SslHandler handler) {
      this.accepted = accepted;
      this.handler = handler;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      assertThat(bytes.isReadable()).isTrue();
      assertThat(bytes.refCnt()).isOne();
      capacities.add(bytes.capacity());
      byte[] part = new byte[bytes.readableBytes()];
      bytes.readBytes(part);
      bytes.release();
      got.writeBytes(part);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      told.add(event);
      if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
        assertThat(accepted.completed(handler, OptionalInt.empty()))
            .isInstanceOf(Outcome.Done.class);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      told.add(cause);
    }
  }
}
