package io.steelyard.wire;

import io.netty.buffer.ByteBuf;

/**
 * A place in a stretch of bytes that hostile hands have written. Reading past the end does not
 * throw: it gives zeros, leaves nothing to read and marks the cursor broken, which the reader asks
 * once at the end. Copies nothing.
 */
final class Cursor {

  private final ByteBuf bytes;
  private int index;
  private int end;
  private boolean broken;

  Cursor(ByteBuf bytes, int index, int length) {
    this.bytes = bytes;
    this.index = index;
    this.end = index + length;
  }

  int remaining() {
    return end - index;
  }

  boolean isBroken() {
    return broken;
  }

  /** What was read cannot be right. */
  void fail() {
    broken = true;
    index = end;
  }

  int u8() {
    int at = take(1);
    return broken ? 0 : bytes.getUnsignedByte(at);
  }

  int u16() {
    int at = take(2);
    return broken ? 0 : bytes.getUnsignedShort(at);
  }

  int u24() {
    int at = take(3);
    return broken ? 0 : bytes.getUnsignedMedium(at);
  }

  void skip(int length) {
    take(length);
  }

  /**
   * A cursor over the next bytes, which this one steps over. Breaks this one where they are
   * missing.
   */
  Cursor block(int length) {
    int at = take(length);
    return new Cursor(bytes, at, broken ? 0 : length);
  }

  /** Another cursor at the same place; this one stays. */
  Cursor copy() {
    return new Cursor(bytes, index, end - index);
  }

  /** Copies the next bytes, which must be there. */
  void copy(int length, byte[] target, int offset) {
    bytes.getBytes(take(length), target, offset, length);
  }

  /** The bytes left. */
  byte[] rest() {
    byte[] rest = new byte[remaining()];
    bytes.getBytes(index, rest);
    index = end;
    return rest;
  }

  private int take(int length) {
    int at = index;
    if (broken || length > remaining()) {
      fail();
    } else {
      index += length;
    }
    return at;
  }
}
