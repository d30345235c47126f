package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.HandClient;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import io.steelyard.wire.ClientHelloReader;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A listener's end of one TLS connection on a channel without a socket: takes bytes cut as a test
 * wants them, keeps what comes out on either side.
 */
final class ServerEnd implements AutoCloseable, HandshakeTarget {

  /** In the order in which they came. */
  final List<Object> told = new ArrayList<>();

  final List<Integer> capacities = new ArrayList<>();
  private final ByteArrayOutputStream got = new ByteArrayOutputStream();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private int handshakesTold;
  private final NativeTlsHandler handler;

  /** Has seen the client's hello, and answered it. */
  ServerEnd(ServerTls tls, byte[] hello) {
    this(tls, hello, PooledByteBufAllocator.DEFAULT);
    give(hello);
  }

  /** Chosen by that hello, but has not been given it. */
  ServerEnd(ServerTls tls, byte[] hello, ByteBufAllocator allocator) {
    channel.config().setAllocator(allocator);
    ByteBuf first = Unpooled.wrappedBuffer(hello);
    ClientHelloReader.Result read = ClientHelloReader.read(first);
    Accepted accepted = (Accepted) tls.select(((ClientHelloReader.Result.Complete) read).hello());
    ChannelInboundHandlerAdapter place = new ChannelInboundHandlerAdapter();
    channel.pipeline().addLast(place, new Tail());
    accepted.begin(channel.pipeline().context(place), this);
    handler = channel.pipeline().get(NativeTlsHandler.class);
  }

  /** The two ends after their handshake. */
  static ServerEnd connected(ServerTls tls, HandClient client) throws SSLException {
    ServerEnd server = new ServerEnd(tls, client.hello());
    server.finish(client);
    return server;
  }

  /** Runs the handshake to its end. */
  void finish(HandClient client) throws SSLException {
    for (int i = 0; i < 10 && !(client.isDone() && isDone()); i++) {
      give(client.take(taken()));
    }
    assertThat(client.isDone()).isTrue();
    assertThat(isDone()).isTrue();
  }

  boolean isDone() {
    return handler.isDone();
  }

  boolean isReleased() {
    return handler.isReleased();
  }

  @Override
  public void handshakeDone(TlsFacts facts) {
    assertThat(got.size()).as("plaintext before the end of the handshake").isZero();
    tell(facts);
  }

  @Override
  public void handshakeFailed(HandshakeFailure failure, String detail) {
    tell(failure);
  }

  private void tell(Object end) {
    handshakesTold++;
    assertThat(handshakesTold).as("ends of one handshake").isOne();
    told.add(end);
  }

  /** How the handshake has failed; null where it has not. */
  @Nullable HandshakeFailure failure() {
    return told.stream()
        .filter(HandshakeFailure.class::isInstance)
        .map(HandshakeFailure.class::cast)
        .findFirst()
        .orElse(null);
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

  @Override
  public void close() {
    channel.pipeline().fireChannelReadComplete();
    channel.close();
    channel.runPendingTasks();
    channel.releaseOutbound();
    channel.releaseInbound();
    assertThat(handler.isReleased()).as("given back").isTrue();
    assertThat(handshakesTold).as("ends of the handshake").isOne();
  }

  private final class Tail extends ChannelInboundHandlerAdapter {
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
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      told.add(cause);
    }
  }
}
