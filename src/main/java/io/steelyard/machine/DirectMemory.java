package io.steelyard.machine;

import io.netty.util.internal.PlatformDependent;

/** The bound of Netty's buffers outside the heap. */
public final class DirectMemory {

  /** Read once, when Netty's first class is initialised. */
  static final String PROPERTY = "io.netty.maxDirectMemory";

  private DirectMemory() {}

  /**
   * Sets the bound, unless the operator did. To be called before anything of Netty is loaded: from
   * then on a later value has no effect.
   */
  public static void bound(MachineLimits machine) {
    if (System.getProperty(PROPERTY) == null) {
      machine
          .memory()
          .ifPresent(
              memory ->
                  System.setProperty(
                      PROPERTY,
                      Long.toString(
                          MemoryShares.directBytes(
                              memory.bytes(), Runtime.getRuntime().maxMemory()))));
    }
  }

  /**
   * The bound in force. Where Netty cannot do its own counting (a JVM that does not let it at the
   * constructors of direct buffers) the JDK counts, and its bound is {@code
   * -XX:MaxDirectMemorySize}, else the heap's.
   */
  static long boundBytes() {
    return PlatformDependent.usedDirectMemory() >= 0
        ? PlatformDependent.maxDirectMemory()
        : PlatformDependent.estimateMaxDirectMemory();
  }
}
