package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.nativeimage.c.function.CFunctionPointer;
import org.graalvm.nativeimage.c.function.InvokeCFunctionPointer;
import org.graalvm.word.WordFactory;

/**
 * Native calls in a native image: C function pointers, which every builder knows. The JDK's linker
 * is there only where the builder has the module for it. Never loaded on a JVM.
 */
final class ImageCalls implements NativeCalls {

  private static final int RTLD_NOW = 2;

  private final long library;

  private ImageCalls(long library) {
    this.library = library;
  }

  @CFunction("dlopen")
  private static native long dlopen(long name, int flags);

  @CFunction("dlsym")
  private static native long dlsym(long library, long name);

  /** The one shape of all calls. */
  interface Function extends CFunctionPointer {
    @InvokeCFunctionPointer
    long invoke(long a, long b, long c, long d, long e);
  }

  static Optional<NativeCalls> open(String library) {
    ByteBuf name = cString(library);
    try {
      // Local to us: BoringSSL has functions of the same names, and keeps its own.
      long handle = dlopen(name.memoryAddress(), RTLD_NOW);
      return handle == 0 ? Optional.empty() : Optional.of(new ImageCalls(handle));
    } finally {
      name.release();
    }
  }

  @Override
  public long find(String function) {
    ByteBuf name = cString(function);
    try {
      return dlsym(library, name.memoryAddress());
    } finally {
      name.release();
    }
  }

  @Override
  public long call(long function, long a, long b, long c, long d, long e) {
    Function pointer = WordFactory.pointer(function);
    return pointer.invoke(a, b, c, d, e);
  }

  private static ByteBuf cString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return PooledByteBufAllocator.DEFAULT
        .directBuffer(bytes.length + 1)
        .writeBytes(bytes)
        .writeZero(1);
  }
}
