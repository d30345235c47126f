package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The records that come from a client whose handshake is done: ciphertext to plaintext by
 * BoringSSL's {@code SSL_read} on our own buffers. Knows no channel. Confined to one thread; no
 * call is made within another.
 */
final class BoringSslReader {

  /** From this size on, a buffer with little plaintext in it is not worth keeping. */
  private static final int LARGE_BUFFER_BYTES = 8_192;

  private final BoringSslConnection connection;
  private final RecordFraming framing = new RecordFraming();
  private boolean closed;

  /** Gets plaintext, in order. */
  interface Sink {

    /** A buffer with at least one byte, which the sink owns from then on. */
    void plaintext(ByteBuf bytes);
  }

  /** The connection must stand between two records. */
  BoringSslReader(BoringSslConnection connection) {
    this.connection = connection;
  }

  /** Whether nothing more can be read: by the peer's close_notify, or the connection is broken. */
  boolean isClosed() {
    return closed || connection.isReleased();
  }

  /**
   * Decrypts the records that these bytes complete; the start of a further one is kept for the next
   * call. BoringSSL has copied a record before it gives its plaintext, which is always shorter: so
   * plaintext is written where ciphertext was.
   *
   * @param ciphertext taken over
   * @throws SSLException the connection is broken: a fatal alert came, or ours has gathered. What
   *     was whole before has reached the sink
   */
  void decrypt(ByteBufAllocator allocator, ByteBuf ciphertext, Sink sink) throws SSLException {
    if (isClosed() || !ciphertext.isReadable()) {
      // After a close_notify data is to be ignored, RFC 8446 §6.1.
      ciphertext.release();
      return;
    }
    ByteBuf bytes = NativeBuffers.writable(allocator, ciphertext);
    int begun = framing.follow(bytes);
    // Most of this record came before: its plaintext may not fit where its end was.
    ByteBuf first = begun > 0 ? NativeBuffers.insteadOf(bytes, allocator, begun) : null;
    long ssl = connection.ssl();
    long address = NativeBuffers.address(bytes) + bytes.readerIndex();
    int length = bytes.readableBytes();
    int produced = 0;
    int emptied = 0;
    int got = 1;
    SSL.bioSetByteBuffer(connection.bio(), address, length, false);
    if (first != null) {
      got = SSL.readFromSSL(ssl, NativeBuffers.address(first), begun);
      first.writerIndex(Math.max(got, 0));
      emptied = got < begun ? 1 : 0;
    }
    while (got > 0 && !hasDrained(emptied)) {
      int room = length - produced;
      got = SSL.readFromSSL(ssl, address + produced, room);
      produced += Math.max(got, 0);
      emptied += got < room ? 1 : 0;
    }
    if (got <= 0 || framing.ended() > 1) {
      // One record that is data makes BoringSSL send nothing.
      connection.mayGather();
    }
    SSLException failure = got > 0 ? null : judge(got);
    bytes.writerIndex(bytes.readerIndex() + produced);
    if (first != null) {
      deliverBefore(bytes, allocator, first, sink);
    }
    deliver(fitting(allocator, bytes), sink);
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Whether a further read would only say that there is nothing more. A read gives of one record,
   * and one that did not fill its room has emptied it: so after as many as there were whole records
   * all of them were data, and nothing is left. With a record in part behind them BoringSSL is
   * still to take that.
   */
  private boolean hasDrained(int emptied) {
    return emptied == framing.ended() && framing.isBetweenRecords();
  }

  /** Why nothing was read: null where the next bytes may bring it, or nothing ever will. */
  private @Nullable SSLException judge(int got) {
    int reason = SSL.getError(connection.ssl(), got);
    if (reason == SSL.SSL_ERROR_WANT_READ) {
      return null;
    }
    closed = true;
    return reason == SSL.SSL_ERROR_ZERO_RETURN
        ? null
        : new SSLException(BoringSslConnection.takeError(reason));
  }

  /** Where memory is short, the other buffer is not lost with it. */
  private static void deliverBefore(
      ByteBuf other, ByteBufAllocator allocator, ByteBuf plaintext, Sink sink) {
    boolean done = false;
    try {
      deliver(fitting(allocator, plaintext), sink);
      done = true;
    } finally {
      if (!done) {
        other.release();
      }
    }
  }

  private static void deliver(ByteBuf plaintext, Sink sink) {
    if (plaintext.isReadable()) {
      sink.plaintext(plaintext);
    } else {
      plaintext.release();
    }
  }

  /**
   * Watermarks count plaintext: one-byte records would hold twenty times of it in memory, padded
   * ones (RFC 8446 §5.4) sixteen thousand times, and more in a large buffer that was read half
   * empty.
   */
  private static ByteBuf fitting(ByteBufAllocator allocator, ByteBuf plaintext) {
    int length = plaintext.readableBytes();
    if (length == 0
        || plaintext.capacity() < LARGE_BUFFER_BYTES
        || length > plaintext.capacity() / 4) {
      return plaintext;
    }
    ByteBuf copy = NativeBuffers.insteadOf(plaintext, allocator, length).writeBytes(plaintext);
    plaintext.release();
    return copy;
  }
}
