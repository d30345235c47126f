package io.steelyard.backend;

import io.steelyard.backend.Roster.Member;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The look-up table of Maglev hashing (Eisenbud et al., "Maglev: A Fast and Reliable Software
 * Network Load Balancer", NSDI 2016, §3.4), with weights: backends fill the table in turns, each
 * along its own permutation of the places; a backend of weight w gets a turn in w out of every
 * max-weight rounds.
 *
 * <p>Depends on the addresses and weights alone, neither on their order in the document nor on
 * health: every replica has the same table. Immutable.
 */
final class MaglevTable {

  /**
   * Primes, so that every step walks through all places. The least is the paper's "small" size; at
   * a hundred places or more per backend shares are within about 1 % (ibid., §5.3). The largest
   * serves the 10,000 backends that a group may have.
   */
  private static final int[] SIZES = {65_537, 131_101, 262_147, 524_309, 1_048_583};

  private static final int PLACES_PER_BACKEND = 100;
  private static final long OFFSET_SEED = 0x6f66667365740001L;
  private static final long SKIP_SEED = 0x736b697000000001L;
  private static final int FREE = -1;

  private final Backend[] backends;
  private final int[] places;

  MaglevTable(List<Member> eligible) {
    List<Member> members =
        eligible.stream()
            .sorted(Comparator.comparing(member -> member.backend().config().address()))
            .toList();
    backends = members.stream().map(Member::backend).toArray(Backend[]::new);
    places = backends.length == 0 ? new int[0] : fill(members, size(backends.length));
  }

  private static int size(int backends) {
    for (int size : SIZES) {
      if (size >= (long) backends * PLACES_PER_BACKEND) {
        return size;
      }
    }
    return SIZES[SIZES.length - 1];
  }

  private static int[] fill(List<Member> members, int size) {
    int count = members.size();
    int[] table = new int[size];
    Arrays.fill(table, FREE);
    long[] next = new long[count];
    long[] skip = new long[count];
    long[] due = new long[count];
    long heaviest = 0;
    for (int i = 0; i < count; i++) {
      String address = members.get(i).backend().config().address();
      next[i] = Long.remainderUnsigned(StableHash.of(address, OFFSET_SEED), size);
      skip[i] = Long.remainderUnsigned(StableHash.of(address, SKIP_SEED), size - 1L) + 1;
      heaviest = Math.max(heaviest, members.get(i).weight());
    }
    int filled = 0;
    for (long round = 1; filled < size; round++) {
      for (int i = 0; i < count && filled < size; i++) {
        if (round * members.get(i).weight() < due[i]) {
          continue;
        }
        due[i] += heaviest;
        while (table[(int) next[i]] != FREE) {
          next[i] = (next[i] + skip[i]) % size;
        }
        table[(int) next[i]] = i;
        filled++;
      }
    }
    return table;
  }

  /** Places: a prime, or 0 where there is no backend. */
  int size() {
    return places.length;
  }

  /** The backend that the hash belongs to. Not for an empty table. */
  Backend at(long hash) {
    return backends[places[(int) Long.remainderUnsigned(hash, places.length)]];
  }

  /** All backends of the table, sorted by address. */
  int count() {
    return backends.length;
  }

  /** One of them. */
  Backend sorted(int i) {
    return backends[i];
  }
}
