package io.steelyard.machine;

/**
 * How the memory that a process may use is shared out: so much for the heap, so much for Netty's
 * buffers, the rest for what neither counts (code, thread stacks, BoringSSL's connections, the
 * kernel's socket buffers, which a control group charges to it as well).
 *
 * <p>The heap's share is set where the process is built or launched ({@code pom.xml}: {@code
 * -R:MaximumHeapSizePercent}; {@code Makefile}: {@code -XX:MaxRAMPercentage}), both relative to the
 * container's limit; a test compares them with the constant here. The buffers' share is set by
 * {@link DirectMemory} when the process starts.
 */
final class MemoryShares {

  /**
   * Of the memory limit. GraalVM's own default is 80, which leaves no room for buffers and
   * BoringSSL.
   */
  static final int HEAP_PERCENT = 35;

  /** Of the memory limit. Netty's own default is as much again as the heap. */
  static final int DIRECT_PERCENT = 25;

  /** Never less: a relay with fewer buffers than this refuses its first clients. */
  static final long MIN_DIRECT_BYTES = 16L << 20;

  /** Of the memory limit, kept free of heap and buffers however they were set. */
  static final int OUTSIDE_PERCENT = 20;

  /** Never less: what the idle executable holds besides its heap. */
  static final long MIN_OUTSIDE_BYTES = 40L << 20;

  /** The process before its first flow; the goal for the idle executable. */
  static final long IDLE_PROCESS_BYTES = 60L << 20;

  /**
   * One idle TLS flow, both of its sockets and BoringSSL's state included (15.5 KiB were measured).
   */
  static final long IDLE_FLOW_BYTES = 16L << 10;

  private MemoryShares() {}

  /** What is left to neither heap nor buffers. */
  static long outsideBytes(long limitBytes) {
    return Math.max(MIN_OUTSIDE_BYTES, percent(limitBytes, OUTSIDE_PERCENT));
  }

  /** The bound of Netty's buffers beside a heap that may have been set by hand. */
  static long directBytes(long limitBytes, long heapBytes) {
    long room = limitBytes - heapBytes - outsideBytes(limitBytes);
    return Math.max(MIN_DIRECT_BYTES, Math.min(percent(limitBytes, DIRECT_PERCENT), room));
  }

  private static long percent(long bytes, int percent) {
    return bytes / 100 * percent;
  }
}
