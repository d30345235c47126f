package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Reads a ClientHello out of the bytes a client sent first. Bounded, made for hostile input, never
 * throws, keeps nothing.
 */
public final class ClientHelloReader {

  /** The most bytes, record headers included, that a ClientHello may take: 16 KiB. */
  public static final int MAX_BYTES = 16 * 1024;

  private static final int RECORD_HEADER_BYTES = 5;
  private static final int HANDSHAKE_HEADER_BYTES = 4;

  /** RFC 8446 §5.1. */
  private static final int MAX_RECORD_BYTES = 1 << 14;

  private static final int TYPE_HANDSHAKE = 22;
  private static final int TYPE_CLIENT_HELLO = 1;
  private static final int MAJOR_VERSION = 3;
  private static final int MAX_MINOR_VERSION = 0x0f;

  private static final Result INCOMPLETE = new Result.Incomplete();
  private static final Result.Invalid TOO_LONG =
      new Result.Invalid("ClientHello longer than 16 KiB", Alert.ILLEGAL_PARAMETER);

  private ClientHelloReader() {}

  /**
   * Looks at the readable bytes without consuming them. The hello may lie across several records
   * and the bytes may be any prefix of what the client will send.
   */
  public static Result read(ByteBuf bytes) {
    return new Reading(bytes).result();
  }

  /** What the bytes so far are. */
  public sealed interface Result {
    /** A prefix of a ClientHello; more bytes are needed. */
    record Incomplete() implements Result {}

    /** A whole ClientHello (more bytes may follow it). */
    record Complete(ClientHello hello) implements Result {}

    /**
     * Not a ClientHello, whatever follows.
     *
     * @param alert the alert to answer with (RFC 8446 §6.2): 50 decode_error, 10
     *     unexpected_message, 70 protocol_version…
     */
    record Invalid(String reason, int alert) implements Result {}
  }

  /**
   * One look at the bytes: walks over the record headers until the hello is whole. The hello of
   * nearly every client lies in one record and is read in place; one in pieces is put together in
   * one array of its size.
   */
  private static final class Reading {

    private final ByteBuf bytes;
    private final int start;
    private final int end;

    /** Content bytes of the handshake stream seen so far, its 4-byte header included. */
    private int seen;

    /**
     * Whole size of the handshake message with its header; unknown until the header has been seen.
     */
    private int size = Integer.MAX_VALUE;

    /** The handshake header's bytes, which may themselves lie in several records. */
    private int header;

    Reading(ByteBuf bytes) {
      this.bytes = bytes;
      this.start = bytes.readerIndex();
      this.end = start + Math.min(bytes.readableBytes(), MAX_BYTES);
    }

    Result result() {
      int index = start;
      while (index < end) {
        Result.Invalid invalid = checkRecordHeader(index);
        if (invalid != null) {
          return invalid;
        }
        if (end - index <= RECORD_HEADER_BYTES) {
          return unfinished();
        }
        int length = bytes.getUnsignedShort(index + 3);
        int content = index + RECORD_HEADER_BYTES;
        int here = Math.min(length, end - content);
        invalid = checkHandshakeHeader(content, here);
        if (invalid != null) {
          return invalid;
        }
        seen += here;
        if (seen >= size) {
          return body(content, here);
        }
        index = content + length;
      }
      return unfinished();
    }

    private Result unfinished() {
      return end - start < MAX_BYTES ? INCOMPLETE : TOO_LONG;
    }

    /** As far as it is there: whoever sends one byte a second is told as soon as it is wrong. */
    private Result.@Nullable Invalid checkRecordHeader(int index) {
      if (bytes.getUnsignedByte(index) != TYPE_HANDSHAKE) {
        return new Result.Invalid("not a TLS handshake record", Alert.UNEXPECTED_MESSAGE);
      }
      if (end - index > 1 && bytes.getUnsignedByte(index + 1) != MAJOR_VERSION
          || end - index > 2 && bytes.getUnsignedByte(index + 2) > MAX_MINOR_VERSION) {
        return new Result.Invalid("record version is not TLS", Alert.PROTOCOL_VERSION);
      }
      if (end - index < RECORD_HEADER_BYTES) {
        return null;
      }
      int length = bytes.getUnsignedShort(index + 3);
      if (length == 0) {
        return new Result.Invalid("empty handshake record", Alert.UNEXPECTED_MESSAGE);
      }
      if (length > MAX_RECORD_BYTES) {
        return new Result.Invalid("record longer than 16,384 bytes", Alert.RECORD_OVERFLOW);
      }
      return null;
    }

    private Result.@Nullable Invalid checkHandshakeHeader(int content, int here) {
      for (int i = 0; i < here && seen + i < HANDSHAKE_HEADER_BYTES; i++) {
        int octet = bytes.getUnsignedByte(content + i);
        if (seen + i == 0 && octet != TYPE_CLIENT_HELLO) {
          return new Result.Invalid("not a ClientHello", Alert.UNEXPECTED_MESSAGE);
        }
        header = header << 8 | octet;
      }
      if (size == Integer.MAX_VALUE && seen + here >= HANDSHAKE_HEADER_BYTES) {
        size = HANDSHAKE_HEADER_BYTES + (header & 0xffffff);
        if (size > MAX_BYTES - RECORD_HEADER_BYTES) {
          return TOO_LONG;
        }
      }
      return null;
    }

    private Result body(int content, int here) {
      boolean inOneRecord = seen == here;
      if (inOneRecord) {
        int length = size - HANDSHAKE_HEADER_BYTES;
        return ClientHelloBody.read(new Cursor(bytes, content + HANDSHAKE_HEADER_BYTES, length));
      }
      return ClientHelloBody.read(
          new Cursor(assemble(), HANDSHAKE_HEADER_BYTES, size - HANDSHAKE_HEADER_BYTES));
    }

    private ByteBuf assemble() {
      byte[] message = new byte[size];
      int filled = 0;
      int index = start;
      while (filled < size) {
        int length = bytes.getUnsignedShort(index + 3);
        int part = Math.min(length, size - filled);
        bytes.getBytes(index + RECORD_HEADER_BYTES, message, filled, part);
        filled += part;
        index += RECORD_HEADER_BYTES + length;
      }
      return Unpooled.wrappedBuffer(message);
    }
  }
}
