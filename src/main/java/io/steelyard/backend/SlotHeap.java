package io.steelyard.backend;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose entries know their place, so that any of them moves or leaves in O(log n).
 * Not thread-safe: belongs to a scheduler.
 */
final class SlotHeap<S extends SlotHeap.Slot<S>> {

  private static final int OUTSIDE = -1;

  private final ArrayList<S> slots;

  SlotHeap(int capacity) {
    slots = new ArrayList<>(capacity);
  }

  @Nullable S first() {
    return slots.isEmpty() ? null : slots.get(0);
  }

  void add(S slot) {
    slots.add(slot);
    rise(slot, slots.size() - 1);
  }

  void remove(S slot) {
    Slot<S> gone = slot;
    int hole = gone.place;
    gone.place = OUTSIDE;
    S last = slots.remove(slots.size() - 1);
    if (last != slot) {
      put(last, hole);
      moved(last);
    }
  }

  /** The slot's key has changed. */
  void moved(S slot) {
    Slot<S> changed = slot;
    int before = changed.place;
    rise(slot, before);
    if (changed.place == before) {
      sink(slot, before);
    }
  }

  /** The first that may be taken, found by looking at all: the heap stays as it is. */
  @Nullable Backend peek(LeaseRequest request) {
    S best = null;
    for (S slot : slots) {
      Backend backend = slot.backend();
      if (!backend.isFull()
          && !request.excluded().contains(backend)
          && (best == null || slot.isBefore(best))) {
        best = slot;
      }
    }
    return best == null ? null : best.backend();
  }

  private void rise(S slot, int from) {
    int place = from;
    while (place > 0) {
      S parent = slots.get((place - 1) / 2);
      if (!slot.isBefore(parent)) {
        break;
      }
      put(parent, place);
      place = (place - 1) / 2;
    }
    put(slot, place);
  }

  private void sink(S slot, int from) {
    int place = from;
    int child = 2 * place + 1;
    while (child < slots.size()) {
      if (child + 1 < slots.size() && slots.get(child + 1).isBefore(slots.get(child))) {
        child++;
      }
      if (!slots.get(child).isBefore(slot)) {
        break;
      }
      put(slots.get(child), place);
      place = child;
      child = 2 * place + 1;
    }
    put(slot, place);
  }

  private void put(S slot, int place) {
    slots.set(place, slot);
    Slot<S> entry = slot;
    entry.place = place;
  }

  /** An entry: one backend and its key. */
  abstract static class Slot<S> {

    private final Backend backend;
    private int place = OUTSIDE;

    Slot(Backend backend) {
      this.backend = backend;
    }

    final Backend backend() {
      return backend;
    }

    final boolean isInHeap() {
      return place != OUTSIDE;
    }

    /** A strict total order. */
    abstract boolean isBefore(S other);
  }
}
