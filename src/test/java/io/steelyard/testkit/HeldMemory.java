package io.steelyard.testkit;

import io.netty.buffer.PooledByteBufAllocator;

/**
 * What is held in buffers now: bytes of Netty's pool that are pinned by buffers in use. (Vert.x and
 * our own channels allocate from the same pool; chunks that the pool keeps for later do not count.)
 */
public final class HeldMemory {

  private HeldMemory() {}

  /** In bytes, direct and heap, over the whole process. */
  public static long bytes() {
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()
        + PooledByteBufAllocator.DEFAULT.pinnedHeapMemory();
  }
}
