package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * An SslHandler that fails as soon as the engine has met a broken record.
 *
 * <p>Netty's own leaves the connection as it is in two cases. The OpenSSL engine answers a record
 * that it cannot decrypt with an alert and keeps the error for the next call, which never comes
 * when the peer sends nothing more. And with the JDK engine it waits for as many bytes as the
 * record's header claims, up to 65,535, before the engine sees any.
 */
final class StrictSslHandler extends SslHandler {

  private static final int HEADER_BYTES = RecordFraming.HEADER_BYTES;
  private static final int LENGTH_OFFSET = 3;

  /** TLSCiphertext.length, RFC 5246 §6.2.3; TLS 1.3 allows less. */
  private static final int MAX_RECORD_BYTES = 16_384 + 2_048;

  private static final int HANDSHAKE = 22;
  private static final int APPLICATION_DATA = 23;
  private static final int TLS_1_2 = 0x0303;
  private static final int REPLACEMENT_BYTES = 64;

  private final @Nullable ReferenceCountedOpenSslEngine nativeEngine;
  private final long createdMillis = System.currentTimeMillis();

  private StrictSslHandler(SSLEngine engine) {
    super(engine);
    nativeEngine = engine instanceof ReferenceCountedOpenSslEngine own ? own : null;
  }

  /** A handler with an engine of that context. */
  static StrictSslHandler of(SslContext context, ByteBufAllocator allocator) {
    // newEngine() makes engines that take one record a call; those of newHandler() take what there
    // is.
    return new StrictSslHandler(context.newHandler(allocator).engine());
  }

  /** A client's handler towards that peer. */
  static StrictSslHandler of(
      SslContext context, ByteBufAllocator allocator, String peerHost, int peerPort) {
    return new StrictSslHandler(context.newHandler(allocator, peerHost, peerPort).engine());
  }

  /** When it was made, in the time of {@link javax.net.ssl.SSLSession#getCreationTime}. */
  long createdMillis() {
    return createdMillis;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws SSLException {
    if (nativeEngine == null) {
      super.decode(ctx, claimsTooMuch(in) || renegotiates(in) ? undecryptable(in) : in, out);
      return;
    }
    super.decode(ctx, in, out);
    checkBroken(nativeEngine);
  }

  private static boolean claimsTooMuch(ByteBuf in) {
    return in.readableBytes() >= HEADER_BYTES
        && in.getUnsignedShort(in.readerIndex() + LENGTH_OFFSET) > MAX_RECORD_BYTES;
  }

  /**
   * The JDK refuses renegotiation by a system property that is read once in a process, whoever
   * touches JSSE first. Up to TLS 1.2 a record's type is in the clear, and after the handshake a
   * client has no other use for one of handshake.
   */
  private boolean renegotiates(ByteBuf in) {
    return in.isReadable()
        && in.getByte(in.readerIndex()) == HANDSHAKE
        && handshakeFuture().isSuccess()
        && !"TLSv1.3".equals(engine().getSession().getProtocol());
  }

  /**
   * What the engine is given instead of such a record: one it cannot decrypt, upon which it sends
   * its alert and fails. It has no call that says "fail".
   */
  private static ByteBuf undecryptable(ByteBuf in) {
    in.skipBytes(in.readableBytes());
    return Unpooled.buffer(HEADER_BYTES + REPLACEMENT_BYTES)
        .writeByte(APPLICATION_DATA)
        .writeShort(TLS_1_2)
        .writeShort(REPLACEMENT_BYTES)
        .writeZero(REPLACEMENT_BYTES);
  }

  /** BoringSSL marks its read side as shut down on a close_notify and on every fatal error. */
  private static void checkBroken(ReferenceCountedOpenSslEngine engine) throws SSLException {
    long ssl = engine.sslPointer();
    if (ssl != 0
        && !engine.isInboundDone()
        && (SSL.getShutdown(ssl) & SSL.SSL_RECEIVED_SHUTDOWN) != 0) {
      throw new SSLException("broken record");
    }
  }
}
