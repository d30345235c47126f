package io.steelyard.wire;

import io.netty.buffer.ByteBuf;

/** Reads a ClientHello out of the bytes a client sent first. Skeleton: the reader itself follows. */
public final class ClientHelloReader {

  /** The most bytes, record headers included, that a ClientHello may take: 16 KiB. */
  public static final int MAX_BYTES = 16 * 1024;

  private ClientHelloReader() {}

  /**
   * Looks at the readable bytes without consuming them. The hello may lie across several records and the bytes may be
   * any prefix of what the client will send.
   */
  public static Result read(ByteBuf bytes) {
    throw new UnsupportedOperationException();
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
     * @param alert the alert to answer with (RFC 8446 §6.2): 50 decode_error, 10 unexpected_message, 70
     *     protocol_version…
     */
    record Invalid(String reason, int alert) implements Result {}
  }
}
