package io.steelyard.tls;

import java.util.Optional;

/**
 * Calls of C functions in a library that is looked for while the process runs. Thread-safe.
 *
 * <p>One shape serves all: five words in, one word out. Where a function takes fewer it does not
 * look at the others, and of a word it takes or gives the part that it declares: so it is in the
 * calling conventions of Linux on x86-64 and AArch64, up to six words in registers. Not for
 * functions with variable arguments or floating point.
 */
interface NativeCalls {

  /** What the JDK calls a native image's own run time. */
  String IMAGE_CODE = "org.graalvm.nativeimage.imagecode";

  /** Loads the library, for good; empty where the machine has none of that name. */
  static Optional<NativeCalls> load(String library) {
    if ("runtime".equals(System.getProperty(IMAGE_CODE))) {
      return ImageCalls.open(library);
    }
    return ForeignCalls.open(library);
  }

  /** The address of a function; 0 where the library has none of that name. */
  long find(String function);

  /** Calls the function at that address. Whoever takes an {@code int} of the answer casts it. */
  long call(long function, long a, long b, long c, long d, long e);
}
