package io.steelyard.testkit;

import io.netty.buffer.PooledByteBufAllocator;

/** How much memory bytes under way take now, and how much of it is still modest for a few flows. */
public interface HeldMemory {

  /**
   * Bytes of Netty's pool that are pinned by buffers in use, direct and heap, over the whole JVM.
   * (Vert.x and our own channels allocate from the same pool; chunks that the pool keeps for later
   * do not count.)
   */
  HeldMemory IN_PROCESS =
      new HeldMemory() {
        @Override
        public long bytes() {
          return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory()
              + PooledByteBufAllocator.DEFAULT.pinnedHeapMemory();
        }

        @Override
        public long modest() {
          return 1L << 20;
        }
      };

  long bytes();

  long modest();

  /**
   * What a process has grown by since now. Modest is 48 MiB: the pool's chunks of 4 MiB for each
   * event loop and a young generation, no multiple of what can be sent.
   */
  static HeldMemory growthOf(PeerProcess process) {
    long before = process.residentKib();
    return new HeldMemory() {
      @Override
      public long bytes() {
        // At least one page: nothing at all would say that nothing was looked at.
        return Math.max(4096, (process.residentKib() - before) << 10);
      }

      @Override
      public long modest() {
        return 48L << 20;
      }
    };
  }
}
