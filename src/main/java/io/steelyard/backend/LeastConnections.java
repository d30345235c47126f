package io.steelyard.backend;

import io.steelyard.backend.Roster.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The backend that would have the fewest leases for its weight: least {@code (leases + 1) /
 * weight}, compared by cross-multiplication; among equals the one whose latest choice is longest
 * ago, so that ties take turns.
 *
 * <p>A heap ordered by that, from which full backends are absent: O(log n) per lease and release.
 */
final class LeastConnections implements Scheduler {

  private final SlotHeap<Load> loads;
  private final @Nullable Load[] byIndex;
  private long choices;

  LeastConnections(Roster roster) {
    loads = new SlotHeap<>(roster.candidates().size());
    byIndex = new Load[roster.size()];
    for (Member member : roster.candidates()) {
      Load load = new Load(member.backend(), member.weight());
      byIndex[member.backend().index()] = load;
      if (!member.backend().isFull()) {
        loads.add(load);
      }
    }
  }

  @Override
  public @Nullable Backend choose(LeaseRequest request) {
    Set<Backend> excluded = request.excluded();
    List<Load> kept = excluded.isEmpty() ? List.of() : new ArrayList<>(excluded.size());
    Load load = loads.first();
    while (load != null && excluded.contains(load.backend())) {
      loads.remove(load);
      kept.add(load);
      load = loads.first();
    }
    kept.forEach(loads::add);
    if (load == null) {
      return null;
    }
    load.chosenAt = ++choices;
    loads.moved(load);
    return load.backend();
  }

  @Override
  public @Nullable Backend peek(LeaseRequest request) {
    return loads.peek(request);
  }

  @Override
  public void countChanged(Backend backend) {
    Load load = backend.index() < byIndex.length ? byIndex[backend.index()] : null;
    if (load == null || load.backend() != backend) {
      return;
    }
    // The key is only ever read from the field: a heap whose keys change behind its back is no
    // heap.
    load.next = backend.connections() + 1L;
    if (backend.isFull()) {
      if (load.isInHeap()) {
        loads.remove(load);
      }
    } else if (load.isInHeap()) {
      loads.moved(load);
    } else {
      loads.add(load);
    }
  }

  private static final class Load extends SlotHeap.Slot<Load> {

    private final long weight;
    private long next;
    private long chosenAt;

    Load(Backend backend, int weight) {
      super(backend);
      this.weight = weight;
      this.next = backend.connections() + 1L;
    }

    @Override
    boolean isBefore(Load other) {
      long mine = next * other.weight;
      long theirs = other.next * weight;
      if (mine != theirs) {
        return mine < theirs;
      }
      return chosenAt != other.chosenAt
          ? chosenAt < other.chosenAt
          : backend().index() < other.backend().index();
    }
  }
}
