package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig;

/**
 * A counted claim of one flow on one backend. Whoever holds it releases it exactly once; a second
 * release is a bug and throws {@link IllegalStateException}. It survives every change of health,
 * intent and roster. Any thread.
 */
public final class Lease implements LeaseOutcome {

  private final ServerGroup group;
  private final Backend backend;
  private final ServerGroupConfig config;

  /** Guarded by the group's flow lock. */
  private boolean released;

  Lease(ServerGroup group, Backend backend, ServerGroupConfig config) {
    this.group = group;
    this.backend = backend;
    this.config = config;
  }

  /** The backend chosen. */
  public Backend backend() {
    return backend;
  }

  /** The group's configuration that the backend was chosen under. */
  public ServerGroupConfig config() {
    return config;
  }

  /** Gives the place back; may hand it to a waiting flow on the calling thread. */
  public void release() {
    group.release(this);
  }

  /** Under the group's flow lock. */
  void markReleased() {
    if (released) {
      throw new IllegalStateException("lease on " + backend + " released twice");
    }
    released = true;
  }
}
