package io.steelyard.backend;

import io.steelyard.config.ServerGroupConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A named set of backends with a scheduler. Choosing and counting are one step under one short lock. Any thread.
 * Skeleton.
 */
public final class ServerGroup {

  /** A group whose backends are all starting (or up, where the health check is none). */
  public ServerGroup(ServerGroupConfig config) {
    throw new UnsupportedOperationException();
  }

  public ServerGroupConfig config() {
    throw new UnsupportedOperationException();
  }

  /** All backends, in the document's order. */
  public List<Backend> backends() {
    throw new UnsupportedOperationException();
  }

  /** Chooses a backend and counts the lease, or says why not. Never waits. */
  public LeaseOutcome lease(LeaseRequest request) {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits in the group's queue for room, first come first served.
   *
   * @param onLease called once with the lease, on the thread that made the room; it must only hand over to its own loop
   * @return empty where the queue is full (or has size 0)
   */
  public Optional<Waiter> await(LeaseRequest request, Consumer<Lease> onLease) {
    throw new UnsupportedOperationException();
  }

  /** Publishes what a probe found; the only writer is the health checker. Wakes waiting flows where it makes room. */
  public void health(Backend backend, ProbeHealth health) {
    throw new UnsupportedOperationException();
  }

  /** Whether flows are sent to backends that are down because all are, and the group says so. Any thread. */
  public boolean isFailOpen() {
    throw new UnsupportedOperationException();
  }

  /** Flows waiting for room now. */
  public int waiting() {
    throw new UnsupportedOperationException();
  }

  /** A place in the queue. */
  public interface Waiter {
    /** Leaves the queue. False where the lease has been, or is being, handed over already: then the callback has it. */
    boolean cancel();
  }
}
