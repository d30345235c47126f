package io.steelyard.tls;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Native calls on the JVM, by its own linker. */
final class ForeignCalls implements NativeCalls {

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private final SymbolLookup library;

  private ForeignCalls(SymbolLookup library) {
    this.library = library;
  }

  static Optional<NativeCalls> open(String library) {
    try {
      return Optional.of(new ForeignCalls(SymbolLookup.libraryLookup(library, Arena.global())));
    } catch (IllegalArgumentException missing) {
      return Optional.empty();
    }
  }

  @Override
  public long find(String function) {
    return library.find(function).map(MemorySegment::address).orElse(0L);
  }

  @Override
  public long call(long function, long a, long b, long c, long d, long e) {
    try {
      return (long) CALL.invokeExact(MemorySegment.ofAddress(function), a, b, c, d, e);
    } catch (Throwable impossible) {
      // A method handle declares it; a C function throws nothing.
      throw new IllegalStateException(impossible);
    }
  }
}
