package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.wire.ServerHelloReader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A server's handshake by BoringSSL's {@code SSL_do_handshake}: the client's bytes in, our flights
 * out. Knows no channel. Confined to one thread.
 */
final class BoringSslHandshake {

  private final BoringSslConnection connection;
  private final ServerHelloReader hello = new ServerHelloReader();
  private boolean hasSeenHello;
  private @Nullable ByteBuf output;
  private @Nullable HandshakeFailure failure;
  private @Nullable String detail;

  /** How far it has come. */
  enum Step {
    /** The client's next bytes are waited for. */
    WAITS,
    /** The output did not fit: it is to be called again, with what is left of the same bytes. */
    SENDS_MORE,
    /**
     * The client's Finished was right. What is left of the bytes are records of application data.
     */
    DONE,
    /** The output has our alert, if there is one. */
    FAILED
  }

  BoringSslHandshake(BoringSslConnection connection) {
    this.connection = connection;
  }

  /**
   * Goes on with these bytes, which are consumed as far as it goes. Its caller then takes the
   * output.
   *
   * @param bytes with an address of their own; stay the caller's
   */
  Step advance(ByteBufAllocator allocator, ByteBuf bytes) {
    long ssl = connection.ssl();
    long bio = connection.bio();
    long address = NativeBuffers.address(bytes) + bytes.readerIndex();
    SSL.bioSetByteBuffer(bio, address, bytes.readableBytes(), false);
    int got = SSL.doHandshake(ssl);
    int reason = reason(ssl, got);
    while (connection.answers(reason)) {
      got = SSL.doHandshake(ssl);
      reason = reason(ssl, got);
    }
    bytes.readerIndex(bytes.writerIndex() - SSL.bioLengthByteBuffer(bio));
    boolean failed =
        got <= 0 && reason != SSL.SSL_ERROR_WANT_READ && reason != SSL.SSL_ERROR_WANT_WRITE;
    if (failed) {
      fail(reason);
    }
    gather(allocator);
    if (failed) {
      return Step.FAILED;
    }
    if (got > 0) {
      connection.dropSigner();
      return Step.DONE;
    }
    return reason == SSL.SSL_ERROR_WANT_WRITE ? Step.SENDS_MORE : Step.WAITS;
  }

  private static int reason(long ssl, int got) {
    return got > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, got);
  }

  private void gather(ByteBufAllocator allocator) {
    ByteBuf gathered = connection.takeGathered(allocator);
    output = gathered;
    if (gathered != null && !hasSeenHello) {
      // tcnative has no getter for the negotiated group.
      hasSeenHello = hello.read(gathered);
    }
  }

  private void fail(int reason) {
    ClientCertificateException refused = connection.context().takeRefusal();
    if (reason == SSL.SSL_ERROR_ZERO_RETURN) {
      failure = HandshakeFailure.DISCONNECT;
      detail = "close_notify in the handshake";
      return;
    }
    String text = BoringSslConnection.takeError(reason);
    failure = refused == null ? HandshakeErrors.classify(text) : refused.failure();
    detail = refused == null ? text : text + ": " + refused.getMessage();
  }

  /** The next part of a flight, whose owner the caller is from now on; null where there is none. */
  @Nullable ByteBuf takeOutput() {
    ByteBuf taken = output;
    output = null;
    return taken;
  }

  /** After {@link Step#FAILED}. */
  HandshakeFailure failure() {
    return Objects.requireNonNull(failure, "not failed");
  }

  /** After {@link Step#FAILED}: for people. */
  String detail() {
    return Objects.requireNonNull(detail, "not failed");
  }

  /** What our ServerHello said, once it is sent. */
  ServerHelloReader hello() {
    return hello;
  }

  BoringSslConnection connection() {
    return connection;
  }
}
