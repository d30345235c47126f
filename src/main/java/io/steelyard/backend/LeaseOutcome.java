package io.steelyard.backend;

/** What asking a group for a backend gives: a {@link Lease}, or why there is none. */
public sealed interface LeaseOutcome permits Lease, LeaseOutcome.Full, LeaseOutcome.None {

  /** Every usable backend that is not excluded is at its max-connections: worth waiting for. */
  record Full() implements LeaseOutcome {}

  /**
   * Nothing to choose from.
   *
   * @param excluded whether backends would be usable but were all excluded by the request (tried
   *     already)
   */
  record None(boolean excluded) implements LeaseOutcome {}
}
