package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLException;

/**
 * The records that go to a client whose handshake is done: plaintext to ciphertext by BoringSSL's
 * {@code SSL_write} into our own buffers. Knows no channel. Confined to one thread; no call is made
 * within another.
 */
final class BoringSslWriter {

  /** TLSPlaintext.length, RFC 8446 §5.1. */
  static final int MAX_PLAINTEXT_BYTES = 16_384;

  /** Fits one TCP segment with its record's overhead: Ethernet's 1,460 less options. */
  static final int SMALL_PLAINTEXT_BYTES = 1_360;

  /**
   * So much goes out in small records first: what a new connection may send before its first
   * acknowledgement (ten segments, RFC 6928). Of a full record the client could not use a byte
   * until a second flight brings its end.
   */
  static final int SMALL_FIRST_BYTES = 10 * SMALL_PLAINTEXT_BYTES;

  /**
   * Header, explicit nonce, MAC, padding and inner type of the worst suite: CBC with SHA-384 (RFC
   * 5246 §6.2.3). Where it is too little, a buffer grows.
   */
  private static final int OVERHEAD_BYTES = 5 + 16 + 48 + 16 + 1;

  /** What BoringSSL keeps for the first write: two session tickets, without a client's chain. */
  private static final int FIRST_WRITE_EXTRA_BYTES = 1_024;

  private static final int GROW_BYTES = 4_096;

  private final BoringSslConnection connection;
  private int smallBytesLeft = SMALL_FIRST_BYTES;
  private boolean hasWritten;
  private boolean closed;

  /** The connection's room must be empty. */
  BoringSslWriter(BoringSslConnection connection) {
    this.connection = connection;
  }

  /**
   * Whether nothing more can be written: our close_notify is sent, the connection is broken, or
   * something could not be encrypted. What follows would make the rest look whole.
   */
  boolean isClosed() {
    return closed || connection.isReleased();
  }

  /** The connection is broken; an alert was sent, or is about to be. */
  void close() {
    closed = true;
  }

  /**
   * Encrypts in as few records as their sizes allow.
   *
   * @param plaintext at least one byte; stays the caller's, and is not changed
   * @throws SSLException the connection is broken
   */
  ByteBuf encrypt(ByteBufAllocator allocator, ByteBuf plaintext) throws SSLException {
    boolean done = false;
    try {
      ByteBuf out =
          NativeBuffers.isAddressable(plaintext)
              ? seal(allocator, plaintext)
              : sealCopy(allocator, plaintext);
      done = true;
      return out;
    } finally {
      if (!done) {
        closed = true;
      }
    }
  }

  private ByteBuf sealCopy(ByteBufAllocator allocator, ByteBuf plaintext) throws SSLException {
    ByteBuf copy = allocator.directBuffer(plaintext.readableBytes());
    try {
      copy.writeBytes(plaintext, plaintext.readerIndex(), plaintext.readableBytes());
      return seal(allocator, copy);
    } finally {
      copy.release();
    }
  }

  private ByteBuf seal(ByteBufAllocator allocator, ByteBuf plaintext) throws SSLException {
    int length = plaintext.readableBytes();
    long address = NativeBuffers.address(plaintext) + plaintext.readerIndex();
    ByteBuf out = allocator.directBuffer(length + overhead(length));
    boolean done = false;
    try {
      connection.sinkTo(out);
      int written = 0;
      while (written < length) {
        // Of more than one full record BoringSSL makes as many as it takes.
        int left = length - written;
        int size = smallBytesLeft > 0 ? Math.min(left, SMALL_PLAINTEXT_BYTES) : left;
        int got = SSL.writeToSSL(connection.ssl(), address + written, size);
        if (got > 0) {
          written += got;
          smallBytesLeft -= Math.min(smallBytesLeft, got);
        } else {
          needRoom(out, got);
        }
      }
      connection.sunkIn(out);
      done = true;
    } finally {
      if (!done) {
        out.release();
      }
    }
    if (!hasWritten) {
      hasWritten = true;
      connection.shrinkRoom();
    }
    return out;
  }

  /** Of all records that so much plaintext makes. */
  private int overhead(int length) {
    int small = Math.min(length, smallBytesLeft);
    int records = small / SMALL_PLAINTEXT_BYTES + (length - small) / MAX_PLAINTEXT_BYTES + 2;
    return records * OVERHEAD_BYTES + (hasWritten ? 0 : FIRST_WRITE_EXTRA_BYTES);
  }

  /**
   * After a write that did not succeed: more room where that is what it wants, which is seldom:
   * tickets that hold a client's chain. The write is then repeated as it was.
   */
  private void needRoom(ByteBuf out, int got) throws SSLException {
    int reason = SSL.getError(connection.ssl(), got);
    if (reason != SSL.SSL_ERROR_WANT_WRITE) {
      closed = true;
      throw new SSLException(BoringSslConnection.takeError(reason));
    }
    connection.sunkIn(out);
    out.capacity(out.capacity() + GROW_BYTES);
    connection.sinkTo(out);
  }

  /** Ends our direction, once; what the peer sends is still read. */
  ByteBuf closeNotify(ByteBufAllocator allocator) throws SSLException {
    if (isClosed()) {
      return Unpooled.EMPTY_BUFFER;
    }
    closed = true;
    ByteBuf out = allocator.directBuffer(overhead(0));
    boolean done = false;
    try {
      connection.sinkTo(out);
      int got = SSL.shutdownSSL(connection.ssl());
      while (got < 0) {
        needRoom(out, got);
        got = SSL.shutdownSSL(connection.ssl());
      }
      connection.sunkIn(out);
      done = true;
      return out;
    } finally {
      if (!done) {
        out.release();
      }
    }
  }
}
