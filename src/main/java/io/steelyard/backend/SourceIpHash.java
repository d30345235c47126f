package io.steelyard.backend;

import org.jspecify.annotations.Nullable;

/**
 * The backend that the client's address belongs to in a {@link MaglevTable}. The table stands while
 * health comes and goes: where its backend is down, full or excluded, the key goes on to the place
 * of a hash derived from its own, so only that backend's keys move, they spread over all others by
 * weight, they come home when it is back, and every replica chooses alike.
 */
final class SourceIpHash implements Scheduler {

  /**
   * Derived hashes tried before the scan. With half of the backends unusable one key in 2^32 needs
   * the scan; the bound matters where nearly all are.
   */
  private static final int TRIES = 32;

  private final Roster roster;
  private final MaglevTable table;

  SourceIpHash(Roster roster) {
    this.roster = roster;
    this.table = roster.table();
  }

  @Override
  public @Nullable Backend choose(LeaseRequest request) {
    if (roster.candidates().isEmpty()) {
      return null;
    }
    long hash = StableHash.of(request.source());
    for (int i = 0; i < TRIES; i++) {
      Backend backend = table.at(hash);
      if (isFree(backend, request)) {
        return backend;
      }
      hash = StableHash.next(hash);
    }
    int count = table.count();
    int start = (int) Long.remainderUnsigned(hash, count);
    for (int i = 0; i < count; i++) {
      Backend backend = table.sorted((start + i) % count);
      if (isFree(backend, request)) {
        return backend;
      }
    }
    return null;
  }

  @Override
  public @Nullable Backend peek(LeaseRequest request) {
    return choose(request);
  }

  private boolean isFree(Backend backend, LeaseRequest request) {
    return roster.isCandidate(backend)
        && !backend.isFull()
        && !request.excluded().contains(backend);
  }

  @Override
  public void countChanged(Backend backend) {
    // Fullness is read from the backend when it is looked at.
  }
}
