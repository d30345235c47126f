package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ended flows on their way from the event loops to the one thread that writes their lines: bounded,
 * in the order of their ends. Nobody who puts a flow in waits, and few wake the writer: only the
 * first after a time without flows, and one when a quarter of the places is taken.
 */
final class EndedFlows {

  /* A ring with a compare-and-set on its tail. A place is claimed first and filled after that: the reader takes an
   * empty place behind the head for the end, and comes back. The writer's state and the tail are a Dekker pair: the
   * writer says that it will park and then looks at the tail, a loop moves the tail and then looks at the state; all
   * four are sequentially consistent, so one of the two sees the other. */

  /** At work: whoever puts a flow in leaves it alone. */
  private static final int WRITING = 0;

  /** Parked for a while, so that flows gather: woken early where they are many. */
  private static final int GATHERING = 1;

  /** Parked for good: woken by the first flow. */
  private static final int IDLE = 2;

  private final AtomicReferenceArray<@Nullable Flow> places;
  private final int mask;
  private final int many;
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong tail = new AtomicLong();
  private final AtomicInteger state = new AtomicInteger(WRITING);

  /**
   * An empty queue.
   *
   * @param places rounded up to a power of two
   */
  EndedFlows(int places) {
    int size = Integer.highestOneBit(Math.max(places, 2) - 1) << 1;
    this.places = new AtomicReferenceArray<>(size);
    this.mask = size - 1;
    this.many = Math.max(size / 4, 1);
  }

  /**
   * Puts a flow in; any thread.
   *
   * @param writer woken where it is time
   * @return false where there is no room
   */
  boolean offer(Flow flow, Thread writer) {
    long taken;
    long place;
    do {
      place = tail.get();
      taken = place - head.get();
      if (taken > mask) {
        return false;
      }
    } while (!tail.compareAndSet(place, place + 1));
    places.setRelease((int) place & mask, flow);
    int now = state.get();
    if ((now == IDLE || (now == GATHERING && taken >= many)) && state.compareAndSet(now, WRITING)) {
      LockSupport.unpark(writer);
    }
    return true;
  }

  /** The next flow, or null where there is none yet. The writer only. */
  @Nullable Flow poll() {
    long first = head.get();
    int at = (int) first & mask;
    Flow flow = places.getAcquire(at);
    if (flow != null) {
      places.setPlain(at, null);
      head.setRelease(first + 1);
    }
    return flow;
  }

  /** Whether there is none, nor one about to be put in. The writer only. */
  boolean isEmpty() {
    return tail.get() == head.get();
  }

  /** Parks until there is a flow, or whoever closes has unparked the thread. The writer only. */
  void awaitFirst(BooleanSupplier isClosing) {
    state.set(IDLE);
    while (isEmpty() && !isClosing.getAsBoolean()) {
      LockSupport.park(this);
      // Again each time: it may be a loop that woke us whose flow we had taken before it looked.
      state.set(IDLE);
    }
    state.set(WRITING);
  }

  /** Parks for that long, less where many flows have come or it is closed. The writer only. */
  void gather(long nanos, BooleanSupplier isClosing) {
    long deadline = System.nanoTime() + nanos;
    state.set(GATHERING);
    while (state.get() == GATHERING
        && tail.get() - head.get() < many
        && !isClosing.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        break;
      }
      LockSupport.parkNanos(this, left);
    }
    state.set(WRITING);
  }
}
