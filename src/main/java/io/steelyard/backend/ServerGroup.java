package io.steelyard.backend;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A named set of backends with a scheduler. Choosing and counting are one step under one short
 * lock. Any thread.
 */
public final class ServerGroup {

  /*
   * Two locks, always taken in this order. `changes` puts changes of health and intent in a row; what
   * is slow about them (a hash table over 10,000 backends) happens under it alone. `flows` guards the
   * scheduler, the counters and the queue; no callback runs under either.
   *
   * Invariant after every step under `flows`: no waiting flow could get a lease. So a newcomer that
   * finds room takes nothing from those who wait, and a release can serve only those who wait for that
   * very backend.
   */

  private static final LeaseOutcome FULL = new LeaseOutcome.Full();
  private static final LeaseOutcome NONE = new LeaseOutcome.None(false);
  private static final LeaseOutcome ALL_EXCLUDED = new LeaseOutcome.None(true);

  private volatile ServerGroupConfig config;
  private volatile List<Backend> backends;

  /** Removed, but flows still hold leases: they come back as themselves. Under the change lock. */
  private final Map<String, Backend> leaving = new HashMap<>();

  private final Object changes = new Object();
  private final Object flows = new Object();
  private final LinkedHashSet<QueuedFlow> queue = new LinkedHashSet<>();
  private volatile Roster roster;
  private volatile int waiting;
  private Scheduler scheduler;

  /** A group whose backends are all starting (or up, where the health check is none). */
  public ServerGroup(ServerGroupConfig config) {
    this.config = config;
    List<Backend> all = new ArrayList<>(config.backends().size());
    for (BackendConfig backend : config.backends()) {
      all.add(new Backend(backend, all.size(), config.healthCheck().type()));
    }
    this.backends = List.copyOf(all);
    this.roster = Roster.of(config, backends, null);
    this.scheduler = Scheduler.of(config.scheduler(), roster);
  }

  /** Of the latest revision. Any thread. */
  public ServerGroupConfig config() {
    return config;
  }

  /** All backends, in the document's order. Any thread. */
  public List<Backend> backends() {
    return backends;
  }

  /** Chooses a backend and counts the lease, or says why not. Never waits. */
  public LeaseOutcome lease(LeaseRequest request) {
    synchronized (flows) {
      Lease lease = take(request);
      return lease != null ? lease : whyNone(request);
    }
  }

  /**
   * The backend that a lease would be on now. Counts nothing and takes nobody's turn; looks at
   * every candidate, so for people and tools. Any thread.
   */
  public Optional<Backend> preview(LeaseRequest request) {
    synchronized (flows) {
      return Optional.ofNullable(scheduler.peek(request));
    }
  }

  private @Nullable Lease take(LeaseRequest request) {
    Backend backend = scheduler.choose(request);
    if (backend == null) {
      return null;
    }
    backend.leased();
    scheduler.countChanged(backend);
    return new Lease(this, backend, config);
  }

  private LeaseOutcome whyNone(LeaseRequest request) {
    int candidates = roster.candidates().size();
    if (candidates == 0) {
      return NONE;
    }
    long excluded = request.excluded().stream().filter(roster::isCandidate).count();
    return excluded == candidates ? ALL_EXCLUDED : FULL;
  }

  /**
   * Waits in the group's queue for room, first come first served. Where there is room by now, the
   * callback gets it before this method returns. A flow that waits while all backends go down goes
   * on waiting: one may come back before its patience ends.
   *
   * @param onLease called once with the lease, on the thread that made the room; it must only hand
   *     over to its own loop. If it throws, the lease goes to the next in the queue.
   * @return empty where the queue is full (or has size 0), or no backend is there to wait for
   */
  public Optional<Waiter> await(LeaseRequest request, Consumer<Lease> onLease) {
    QueuedFlow flow = new QueuedFlow(request, onLease);
    synchronized (flows) {
      Lease lease = take(request);
      if (lease == null) {
        if (queue.size() >= config.queue().size() || whyNone(request) != FULL) {
          return Optional.empty();
        }
        enqueue(flow);
        return Optional.of(flow);
      }
      flow.lease = lease;
    }
    deliver(new ArrayDeque<>(List.of(flow)));
    return Optional.of(flow);
  }

  private void enqueue(QueuedFlow flow) {
    queue.add(flow);
    waiting = queue.size();
    flow.request.excluded().forEach(backend -> backend.excludedByWaiters(1));
  }

  private void dequeued(QueuedFlow flow) {
    waiting = queue.size();
    flow.request.excluded().forEach(backend -> backend.excludedByWaiters(-1));
  }

  /** Gives a lease's place back. */
  void release(Lease lease) {
    ArrayDeque<QueuedFlow> served = new ArrayDeque<>(0);
    synchronized (flows) {
      giveBack(lease, served);
    }
    deliver(served);
  }

  private void giveBack(Lease lease, ArrayDeque<QueuedFlow> served) {
    lease.markReleased();
    Backend backend = lease.backend();
    backend.released();
    scheduler.countChanged(backend);
    // Where all who wait have tried this backend and failed, do not walk the queue for every
    // further failure.
    if (backend.excludedByWaiters() < queue.size() && roster.isCandidate(backend)) {
      serve(served);
    }
  }

  /** Gives what room there is to those who wait, in their order. */
  private void serve(ArrayDeque<QueuedFlow> served) {
    Iterator<QueuedFlow> inOrder = queue.iterator();
    while (inOrder.hasNext()) {
      QueuedFlow flow = inOrder.next();
      Lease lease = take(flow.request);
      if (lease != null) {
        flow.lease = lease;
        inOrder.remove();
        dequeued(flow);
        served.add(flow);
      } else if (flow.request.excluded().isEmpty()) {
        return; // it would have taken anything, so there is nothing for those behind it
      }
    }
  }

  /**
   * Outside of the locks. One callback's failure must neither lose its lease nor the others' turn.
   */
  private void deliver(ArrayDeque<QueuedFlow> served) {
    RuntimeException failure = null;
    QueuedFlow flow = served.poll();
    while (flow != null) {
      Lease lease = flow.lease;
      if (lease == null) {
        throw new IllegalStateException("served without a lease");
      }
      try {
        flow.onLease.accept(lease);
      } catch (RuntimeException e) {
        synchronized (flows) {
          giveBack(lease, served);
        }
        if (failure == null) {
          failure = e;
        } else if (e != failure) {
          failure.addSuppressed(e);
        }
      }
      flow = served.poll();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Publishes what a probe found; the only writer is the health checker. Wakes waiting flows where
   * it makes room. Without effect where the group is no longer checked: nobody would ever correct
   * the word of a probe that was on its way when the check was taken out.
   */
  public void health(Backend backend, ProbeHealth health) {
    change(
        () -> {
          if (config.healthCheck().type() == HealthCheckConfig.Type.NONE) {
            return false;
          }
          boolean flip = backend.health().verdict() != health.verdict();
          backend.health(health);
          return flip;
        });
  }

  /**
   * Sets what the operator wants of a backend from now on; flows it has are untouched. Wakes
   * waiting flows where it makes room. May take milliseconds in a large group: not on an event
   * loop.
   *
   * @param weight 0–256
   */
  public void intent(Backend backend, State intent, int weight) {
    if (weight < 0 || weight > BackendConfig.MAX_WEIGHT) {
      throw new IllegalArgumentException("weight " + weight);
    }
    change(
        () -> {
          int before = backend.effectiveWeight();
          backend.intent(intent, weight);
          return before != backend.effectiveWeight();
        });
  }

  private void change(Edit edit) {
    ArrayDeque<QueuedFlow> served = new ArrayDeque<>(0);
    synchronized (changes) {
      if (!edit.apply()) {
        return;
      }
      publish(config, backends, served);
    }
    deliver(served);
  }

  /** Under the change lock. */
  private void publish(
      ServerGroupConfig nextConfig, List<Backend> nextBackends, ArrayDeque<QueuedFlow> served) {
    Roster next = Roster.of(nextConfig, nextBackends, roster);
    synchronized (flows) {
      boolean alike = next.choosesLike(roster);
      config = nextConfig;
      backends = nextBackends;
      roster = next;
      if (!alike) {
        scheduler = Scheduler.of(nextConfig.scheduler(), next);
      }
      serve(served);
    }
  }

  /**
   * Takes another revision's configuration of the group. Backends are known by their address: those
   * that stay keep health, leases and history, and what was set for them at run time unless the
   * document changes it. Removed ones get nothing new; their leases stand. Wakes waiting flows
   * where it makes room. May take milliseconds in a large group: not on an event loop.
   *
   * @return the backends removed by it
   */
  public List<Backend> reconfigure(ServerGroupConfig next) {
    ArrayDeque<QueuedFlow> served = new ArrayDeque<>(0);
    List<Backend> removed;
    synchronized (changes) {
      leaving.values().removeIf(backend -> backend.connections() == 0);
      Map<String, Backend> known = new HashMap<>();
      backends.forEach(backend -> known.put(backend.config().address(), backend));
      BitSet slots = new BitSet();
      List<Backend> all = new ArrayList<>(next.backends().size());
      for (BackendConfig entry : next.backends()) {
        Backend stays = known.get(entry.address());
        if (stays != null) {
          slots.set(stays.index());
        }
      }
      for (BackendConfig entry : next.backends()) {
        all.add(member(entry, next, known.remove(entry.address()), slots));
      }
      removed = List.copyOf(known.values());
      removed.forEach(backend -> leaving.put(backend.config().address(), backend));
      publish(next, List.copyOf(all), served);
    }
    deliver(served);
    return removed;
  }

  private Backend member(
      BackendConfig entry, ServerGroupConfig next, @Nullable Backend stays, BitSet slots) {
    HealthCheckConfig.Type check = next.healthCheck().type();
    if (stays != null) {
      stays.reconfigure(entry, check);
      return stays;
    }
    int slot = slots.nextClearBit(0);
    slots.set(slot);
    Backend returns = leaving.remove(entry.address());
    if (returns == null) {
      return new Backend(entry, slot, check);
    }
    returns.index(slot);
    returns.reconfigure(entry, check);
    return returns;
  }

  /**
   * Whether flows are sent to backends that are down because all are, and the group says so. Any
   * thread.
   */
  public boolean isFailOpen() {
    return roster.isFailOpen();
  }

  /** Flows waiting for room now. */
  public int waiting() {
    return waiting;
  }

  /** A place in the queue. */
  public interface Waiter {
    /**
     * Leaves the queue. False where the lease has been, or is being, handed over already: then the
     * callback has it.
     */
    boolean cancel();
  }

  /** A change of one backend's facts. */
  private interface Edit {
    /** Whether the roster must follow. */
    boolean apply();
  }

  private final class QueuedFlow implements Waiter {

    private final LeaseRequest request;
    private final Consumer<Lease> onLease;

    /**
     * Set under the lock when the flow leaves the queue; read afterwards by the thread that set it.
     */
    private @Nullable Lease lease;

    QueuedFlow(LeaseRequest request, Consumer<Lease> onLease) {
      this.request = request;
      this.onLease = onLease;
    }

    @Override
    public boolean cancel() {
      synchronized (flows) {
        if (!queue.remove(this)) {
          return false;
        }
        dequeued(this);
        return true;
      }
    }
  }
}
