package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.Buffer;

/** Buffers as native code sees them: an address, and memory that is nobody else's. */
final class NativeBuffers {

  private NativeBuffers() {}

  /** The same bytes in memory that may be written over; takes the buffer over. */
  static ByteBuf writable(ByteBufAllocator allocator, ByteBuf bytes) {
    if (isAddressable(bytes) && !bytes.isReadOnly() && bytes.refCnt() == 1) {
      return bytes;
    }
    ByteBuf copy = insteadOf(bytes, allocator, bytes.readableBytes()).writeBytes(bytes);
    bytes.release();
    return copy;
  }

  /** A new buffer; where memory is short, the other one is not lost with it. */
  static ByteBuf insteadOf(ByteBuf other, ByteBufAllocator allocator, int bytes) {
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

  static boolean isAddressable(ByteBuf bytes) {
    return bytes.hasMemoryAddress() || (bytes.isDirect() && bytes.nioBufferCount() == 1);
  }

  /** Of the buffer's index 0. */
  static long address(ByteBuf bytes) {
    return bytes.hasMemoryAddress()
        ? bytes.memoryAddress()
        : Buffer.address(bytes.nioBuffer(0, bytes.capacity()));
  }
}
