package io.steelyard.tls;

import io.netty.buffer.ByteBuf;

/**
 * Where records begin and end in a stream of ciphertext (RFC 8446 §5.1: type, version, length).
 * Knows nothing of what is in them; whether a length is allowed, the engine judges.
 */
final class RecordFraming {

  static final int HEADER_BYTES = 5;

  private static final int LENGTH_OFFSET = 3;

  /** Of the header that has begun; 0 between records and in a body. */
  private int headerSeen;

  private int length;
  private int bodyMissing;
  private int ended;

  /** Whether the next byte begins a record. */
  boolean isBetweenRecords() {
    return headerSeen == 0 && bodyMissing == 0;
  }

  /** How many records ended in the bytes last followed. */
  int ended() {
    return ended;
  }

  /**
   * Goes on over the readable bytes; moves no index.
   *
   * @return the body's length of the record that had begun before and ends in these bytes, or 0
   */
  int follow(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    boolean begun = !isBetweenRecords();
    int lengthOfBegun = 0;
    ended = 0;
    while (at < end) {
      if (bodyMissing > 0) {
        int here = Math.min(bodyMissing, end - at);
        bodyMissing -= here;
        at += here;
      } else if (headerSeen == 0 && end - at >= HEADER_BYTES) {
        length = bytes.getUnsignedShort(at + LENGTH_OFFSET);
        bodyMissing = length;
        at += HEADER_BYTES;
      } else {
        header(bytes.getUnsignedByte(at));
        at++;
      }
      if (isBetweenRecords()) {
        ended++;
        lengthOfBegun = begun ? length : lengthOfBegun;
        begun = false;
      }
    }
    return lengthOfBegun;
  }

  private void header(int octet) {
    if (headerSeen >= LENGTH_OFFSET) {
      length = headerSeen == LENGTH_OFFSET ? octet : length << 8 | octet;
    }
    headerSeen++;
    if (headerSeen == HEADER_BYTES) {
      headerSeen = 0;
      bodyMissing = length;
    }
  }
}
