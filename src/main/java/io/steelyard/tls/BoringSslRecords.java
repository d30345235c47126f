package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.Buffer;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The records of one TLS connection whose handshake is done: plaintext to ciphertext and back, by
 * BoringSSL's {@code SSL_read} and {@code SSL_write} on our own buffers. Knows no channel. Confined
 * to one thread; no call is made within another.
 *
 * <p>Danger: takes the place of the engine's network BIO, which the engine goes on pointing to.
 * Nothing of the engine may be used any more but its reference count.
 */
final class BoringSslRecords {

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

  /** What BoringSSL keeps for the first write: two session tickets, without a client's chain. */
  private static final int FIRST_WRITE_EXTRA_BYTES = 1_024;

  /**
   * What SSL_read may write: one alert, and before it what was kept for the next SSL_write, which
   * is the answer to a KeyUpdate.
   */
  private static final int ALERT_ROOM_BYTES = 256;

  /** Before the first SSL_write the tickets as well; Netty's figure. */
  private static final int FIRST_ALERT_ROOM_BYTES = 2_048;

  private static final int GROW_BYTES = 4_096;

  /** From this size on, a buffer with little plaintext in it is not worth keeping. */
  private static final int LARGE_BUFFER_BYTES = 8_192;

  private final ReferenceCountedOpenSslEngine engine;
  private final RecordFraming framing = new RecordFraming();
  private final int overheadBytes;
  private long ssl;
  private long bio;
  private int smallBytesLeft = SMALL_FIRST_BYTES;
  private boolean hasWritten;
  private boolean inputClosed;
  private boolean outputClosed;

  /** Gets plaintext, in order. */
  interface Sink {

    /** A buffer with at least one byte, which the sink owns from then on. */
    void plaintext(ByteBuf bytes);
  }

  /**
   * Takes the engine over: its caller's reference becomes ours. It must stand between two records,
   * with nothing of its own left to send.
   */
  BoringSslRecords(ReferenceCountedOpenSslEngine engine) {
    this.engine = engine;
    ssl = engine.sslPointer();
    if (ssl == 0) {
      throw new IllegalStateException("the engine is gone");
    }
    bio = SSL.bioNewByteBuffer(ssl, FIRST_ALERT_ROOM_BYTES);
    overheadBytes = SSL.getMaxWrapOverhead(ssl);
  }

  /** Whether nothing more can be read: by the peer's close_notify, or the connection is broken. */
  boolean isInputClosed() {
    return inputClosed;
  }

  /** Whether nothing more can be written: our close_notify is sent, or the connection is broken. */
  boolean isOutputClosed() {
    return outputClosed;
  }

  /**
   * Decrypts the records that these bytes complete; the start of a further one is kept for the next
   * call. BoringSSL has copied a record before it gives its plaintext, which is always shorter: so
   * plaintext is written where ciphertext was.
   *
   * @param ciphertext taken over
   * @throws SSLException the connection is broken: a fatal alert came, or {@link #alert} has ours.
   *     What was whole before has reached the sink
   */
  void decrypt(ByteBufAllocator allocator, ByteBuf ciphertext, Sink sink) throws SSLException {
    if (inputClosed || !ciphertext.isReadable()) {
      // After a close_notify data is to be ignored, RFC 8446 §6.1.
      ciphertext.release();
      return;
    }
    ByteBuf bytes = writable(allocator, ciphertext);
    int begun = framing.follow(bytes);
    // Most of this record came before: its plaintext may not fit where its end was.
    ByteBuf first = begun > 0 ? insteadOf(bytes, allocator, begun) : null;
    long address = address(bytes) + bytes.readerIndex();
    int length = bytes.readableBytes();
    int produced = 0;
    int got = 1;
    boolean drained = false;
    SSL.bioSetByteBuffer(bio, address, length, false);
    if (first != null) {
      got = SSL.readFromSSL(ssl, address(first), begun);
      first.writerIndex(Math.max(got, 0));
      drained = got > 0 && hasDrained(got, begun);
    }
    while (got > 0 && !drained) {
      int room = length - produced;
      got = SSL.readFromSSL(ssl, address + produced, room);
      produced += Math.max(got, 0);
      drained = got > 0 && hasDrained(got, room);
    }
    SSLException failure = got > 0 ? null : judge(got);
    if (!drained) {
      SSL.bioClearByteBuffer(bio);
    }
    deliver(first, sink);
    bytes.writerIndex(bytes.readerIndex() + produced);
    deliver(fitting(allocator, bytes), sink);
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Whether a further read would only say that there is nothing more: one that did not fill its
   * room has emptied its record, and there is none behind it.
   */
  private boolean hasDrained(int got, int room) {
    return got < room && framing.isBetweenRecords() && SSL.bioLengthByteBuffer(bio) == 0;
  }

  /** Why nothing was read: null where the next bytes may bring it, or nothing ever will. */
  private @Nullable SSLException judge(int got) {
    int reason = SSL.getError(ssl, got);
    if (reason == SSL.SSL_ERROR_WANT_READ) {
      return null;
    }
    inputClosed = true;
    if (reason == SSL.SSL_ERROR_ZERO_RETURN) {
      return null;
    }
    return broken(reason);
  }

  private SSLException broken(int reason) {
    inputClosed = true;
    outputClosed = true;
    int error = SSL.getLastErrorNumber();
    String text = error == 0 ? "TLS failed: " + reason : SSL.getErrorString(error);
    SSL.clearError();
    return new SSLException(text);
  }

  private static void deliver(@Nullable ByteBuf plaintext, Sink sink) {
    if (plaintext == null) {
      return;
    }
    if (plaintext.isReadable()) {
      sink.plaintext(plaintext);
    } else {
      plaintext.release();
    }
  }

  /**
   * Watermarks count plaintext: one-byte records would hold twenty times of it in memory, and more
   * in a large buffer that was read half empty.
   */
  private static ByteBuf fitting(ByteBufAllocator allocator, ByteBuf plaintext) {
    int length = plaintext.readableBytes();
    if (length == 0
        || plaintext.capacity() < LARGE_BUFFER_BYTES
        || length > plaintext.capacity() / 4) {
      return plaintext;
    }
    ByteBuf copy = insteadOf(plaintext, allocator, length).writeBytes(plaintext);
    plaintext.release();
    return copy;
  }

  /** The alert that {@link #decrypt} had to answer with; empty where there is none. */
  ByteBuf alert(ByteBufAllocator allocator) {
    int length = ssl == 0 ? 0 : SSL.bioLengthNonApplication(bio);
    if (length == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    ByteBuf out = allocator.directBuffer(length);
    SSL.bioSetByteBuffer(bio, address(out), length, true);
    SSL.bioFlushByteBuffer(bio);
    SSL.bioClearByteBuffer(bio);
    return out.writerIndex(length);
  }

  /**
   * Encrypts in as few records as their sizes allow.
   *
   * @param plaintext at least one byte; stays the caller's, and is not changed
   * @throws SSLException the connection is broken
   */
  ByteBuf encrypt(ByteBufAllocator allocator, ByteBuf plaintext) throws SSLException {
    if (!isAddressable(plaintext)) {
      ByteBuf copy = allocator.directBuffer(plaintext.readableBytes());
      try {
        copy.writeBytes(plaintext, plaintext.readerIndex(), plaintext.readableBytes());
        return encrypt(allocator, copy);
      } finally {
        copy.release();
      }
    }
    int length = plaintext.readableBytes();
    long address = address(plaintext) + plaintext.readerIndex();
    ByteBuf out = allocator.directBuffer(length + overhead(length));
    boolean done = false;
    sinkTo(out);
    try {
      int written = 0;
      while (written < length) {
        int size = Math.min(length - written, recordBytes());
        int got = SSL.writeToSSL(ssl, address + written, size);
        if (got > 0) {
          written += got;
          smallBytesLeft -= Math.min(smallBytesLeft, got);
        } else {
          needRoom(out, got);
        }
      }
      taken(out);
      done = true;
    } finally {
      SSL.bioClearByteBuffer(bio);
      if (!done) {
        out.release();
      }
    }
    if (!hasWritten) {
      hasWritten = true;
      // An idle connection holds this room for as long as it lives.
      bio = SSL.bioNewByteBuffer(ssl, ALERT_ROOM_BYTES);
    }
    return out;
  }

  private int recordBytes() {
    return smallBytesLeft > 0 ? SMALL_PLAINTEXT_BYTES : MAX_PLAINTEXT_BYTES;
  }

  /** Of all records that so much plaintext makes. */
  private int overhead(int length) {
    int small = Math.min(length, smallBytesLeft);
    int records = small / SMALL_PLAINTEXT_BYTES + (length - small) / MAX_PLAINTEXT_BYTES + 2;
    return records * overheadBytes + (hasWritten ? 0 : FIRST_WRITE_EXTRA_BYTES);
  }

  private void sinkTo(ByteBuf out) {
    SSL.bioSetByteBuffer(bio, address(out) + out.writerIndex(), out.writableBytes(), true);
    // Danger: with bytes left here, the BIO would tell SSL_write more than it was given.
    SSL.bioFlushByteBuffer(bio);
  }

  private void taken(ByteBuf out) {
    out.writerIndex(out.capacity() - SSL.bioLengthByteBuffer(bio));
  }

  /**
   * After a write that did not succeed: more room where that is what it wants, which is seldom:
   * tickets that hold a client's chain. The write is then repeated as it was.
   */
  private void needRoom(ByteBuf out, int got) throws SSLException {
    int reason = SSL.getError(ssl, got);
    if (reason != SSL.SSL_ERROR_WANT_WRITE) {
      throw broken(reason);
    }
    taken(out);
    SSL.bioClearByteBuffer(bio);
    out.capacity(out.capacity() + GROW_BYTES);
    sinkTo(out);
  }

  /** Ends our direction, once; what the peer sends is still read. */
  ByteBuf closeNotify(ByteBufAllocator allocator) throws SSLException {
    if (outputClosed) {
      return Unpooled.EMPTY_BUFFER;
    }
    outputClosed = true;
    ByteBuf out = allocator.directBuffer(overhead(0));
    boolean done = false;
    sinkTo(out);
    try {
      int got = SSL.shutdownSSL(ssl);
      while (got < 0) {
        needRoom(out, got);
        got = SSL.shutdownSSL(ssl);
      }
      taken(out);
      done = true;
      return out;
    } finally {
      SSL.bioClearByteBuffer(bio);
      if (!done) {
        out.release();
      }
    }
  }

  /** Gives the engine back. Nothing can be read or written afterwards. */
  void release() {
    if (ssl != 0) {
      ssl = 0;
      bio = 0;
      inputClosed = true;
      outputClosed = true;
      engine.release();
    }
  }

  /** The same bytes in memory that is nobody else's. */
  private static ByteBuf writable(ByteBufAllocator allocator, ByteBuf bytes) {
    if (isAddressable(bytes) && !bytes.isReadOnly() && bytes.refCnt() == 1) {
      return bytes;
    }
    ByteBuf copy = insteadOf(bytes, allocator, bytes.readableBytes()).writeBytes(bytes);
    bytes.release();
    return copy;
  }

  /** A new buffer; where memory is short, the other one is not lost with it. */
  private static ByteBuf insteadOf(ByteBuf other, ByteBufAllocator allocator, int bytes) {
    boolean made = false;
    try {
      ByteBuf buffer = allocator.directBuffer(bytes);
      made = true;
      return buffer;
    } finally {
      if (!made) {
        other.release();
      }
    }
  }

  private static boolean isAddressable(ByteBuf bytes) {
    return bytes.hasMemoryAddress() || (bytes.isDirect() && bytes.nioBufferCount() == 1);
  }

  /** Of the buffer's index 0. */
  private static long address(ByteBuf bytes) {
    return bytes.hasMemoryAddress()
        ? bytes.memoryAddress()
        : Buffer.address(bytes.nioBuffer(0, bytes.capacity()));
  }
}
