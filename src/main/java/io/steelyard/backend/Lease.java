package io.steelyard.backend;

/**
 * A counted claim of one flow on one backend. Whoever holds it releases it exactly once; a second release is a bug and
 * throws {@link IllegalStateException}.
 */
public final class Lease implements LeaseOutcome {

  /** The backend chosen. */
  public Backend backend() {
    throw new UnsupportedOperationException();
  }

  /** Gives the place back; may hand it to a waiting flow on the calling thread. */
  public void release() {
    throw new UnsupportedOperationException();
  }
}
