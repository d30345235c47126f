package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import java.util.OptionalInt;

/** Finds the negotiated group in the plaintext start of our own first flight. Skeleton. */
public final class ServerHelloReader {

  private ServerHelloReader() {}

  /**
   * The named group that a ServerHello (TLS 1.3 key_share) or a ServerKeyExchange (TLS 1.2 ECDHE, RFC 8422 §5.4)
   * names. Does not consume the bytes. A HelloRetryRequest has none.
   *
   * @param records plaintext TLS records as they are sent; anything after them may be encrypted
   */
  public static OptionalInt group(ByteBuf records) {
    throw new UnsupportedOperationException();
  }
}
