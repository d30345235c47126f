package io.steelyard;

import jakarta.inject.Singleton;
import java.util.function.BooleanSupplier;

/** The way to the process's end for those who stand in it before it is known. Any thread. */
@Singleton
final class ProcessDrain {

  private volatile BooleanSupplier drain = () -> false;

  void install(BooleanSupplier known) {
    drain = known;
  }

  /** As the first TERM does; false where the end has begun, or the start has not ended. */
  boolean begin() {
    return drain.getAsBoolean();
  }
}
