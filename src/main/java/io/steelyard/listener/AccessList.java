package io.steelyard.listener;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Cidr;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.IpGroupEntries;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.AccessConfig.Mode;
import io.steelyard.config.Problems;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which clients a listener admits: only those inside some networks, or all but those. Immutable.
 *
 * <p>Networks are nested or disjoint; the nested ones are dropped, the others sorted, and a look-up
 * is a binary search in arrays of primitives: 17 steps for 100,000 networks. It allocates nothing
 * for IPv4. For IPv6 the JDK gives the address's bits only as a copy of 16 bytes, which does not
 * outlive the look-up (and which the compiler removes once it has inlined the call).
 */
public final class AccessList {

  /** Admits every client. */
  public static final AccessList ALL = new AccessList(Mode.DENY, List.of());

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final boolean permitsListed;

  /**
   * First addresses and last addresses of disjoint networks, ascending; as unsigned numbers in
   * longs.
   */
  private final long[] first4;

  private final long[] last4;

  /** The same for IPv6: upper and lower halves, of which the order is unsigned too. */
  private final long[] firstHigh;

  private final long[] firstLow;
  private final long[] lastHigh;
  private final long[] lastLow;

  /**
   * The list of these networks.
   *
   * @param networks any number, in any order, overlapping or not
   */
  public AccessList(Mode mode, List<Cidr> networks) {
    permitsListed = mode == Mode.ALLOW;
    Range[] ranges4 = disjoint(networks.stream().filter(AccessList::isIpv4).map(Range::ofIpv4));
    first4 = Arrays.stream(ranges4).mapToLong(Range::firstLow).toArray();
    last4 = Arrays.stream(ranges4).mapToLong(Range::lastLow).toArray();
    Range[] ranges6 = disjoint(networks.stream().filter(c -> !isIpv4(c)).map(Range::ofIpv6));
    firstHigh = Arrays.stream(ranges6).mapToLong(Range::firstHigh).toArray();
    firstLow = Arrays.stream(ranges6).mapToLong(Range::firstLow).toArray();
    lastHigh = Arrays.stream(ranges6).mapToLong(Range::lastHigh).toArray();
    lastLow = Arrays.stream(ranges6).mapToLong(Range::lastLow).toArray();
  }

  /**
   * The list that the listener's access asks for; {@link #ALL} where it asks for none. Reads the
   * ip-groups' files: blocks.
   *
   * @return empty where an ip-group of the listener is missing or has an error; the problems tell
   *     which
   */
  public static Optional<AccessList> prepare(
      ListenerConfig listener, BalancerDocument document, Problems problems) {
    if (listener.access().isEmpty()) {
      return Optional.of(ALL);
    }
    AccessConfig access = listener.access().get();
    List<Cidr> networks = new ArrayList<>();
    boolean usable = true;
    for (String name : access.ipGroups()) {
      Optional<IpGroupConfig> group = document.ipGroup(name);
      group.ifPresent(found -> networks.addAll(IpGroupEntries.read(found, problems)));
      usable &= group.isPresent() && !problems.hasErrorAt("ip-groups[" + name + "]");
    }
    return usable ? Optional.of(new AccessList(access.mode(), networks)) : Optional.empty();
  }

  private static boolean isIpv4(Cidr network) {
    return network.address() instanceof Inet4Address;
  }

  /**
   * Sorted, without those that lie inside another: of equal firsts the largest network comes first.
   */
  private static Range[] disjoint(Stream<Range> ranges) {
    Range[] sorted = ranges.sorted(Range.ORDER).toArray(Range[]::new);
    int kept = 0;
    for (Range range : sorted) {
      if (kept == 0 || !sorted[kept - 1].contains(range)) {
        sorted[kept++] = range;
      }
    }
    return Arrays.copyOf(sorted, kept);
  }

  /**
   * Whether a client of that address is admitted. Any thread.
   *
   * @param client IPv4-mapped addresses already turned into IPv4
   */
  public boolean permits(InetAddress client) {
    return contains(client) == permitsListed;
  }

  private boolean contains(InetAddress client) {
    if (client instanceof Inet4Address) {
      // The hash code of an IPv4 address is the address (Inet4Address.hashCode); its bytes would be
      // a copy.
      return contains(client.hashCode() & 0xffffffffL);
    }
    byte[] bytes = client.getAddress();
    return contains((long) LONG.get(bytes, 0), (long) LONG.get(bytes, Long.BYTES));
  }

  private boolean contains(long address) {
    int found = Arrays.binarySearch(first4, address);
    int at = found >= 0 ? found : -found - 2;
    return at >= 0 && address <= last4[at];
  }

  private boolean contains(long high, long low) {
    int from = 0;
    int to = firstHigh.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (isAfter(firstHigh[middle], firstLow[middle], high, low)) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    int at = from - 1;
    return at >= 0 && !isAfter(high, low, lastHigh[at], lastLow[at]);
  }

  private static boolean isAfter(long high, long low, long otherHigh, long otherLow) {
    int order = Long.compareUnsigned(high, otherHigh);
    return order != 0 ? order > 0 : Long.compareUnsigned(low, otherLow) > 0;
  }

  /** One network as its first and last address; IPv4 in the lower half alone. */
  private record Range(long firstHigh, long firstLow, long lastHigh, long lastLow) {

    static final Comparator<Range> ORDER =
        Comparator.comparing(Range::firstHigh, Long::compareUnsigned)
            .thenComparing(Range::firstLow, Long::compareUnsigned)
            .thenComparing(Range::lastHigh, (a, b) -> Long.compareUnsigned(b, a))
            .thenComparing(Range::lastLow, (a, b) -> Long.compareUnsigned(b, a));

    static Range ofIpv4(Cidr network) {
      long address = network.address().hashCode() & 0xffffffffL;
      long host = 0xffffffffL >>> network.prefix();
      return new Range(0, address & ~host, 0, address | host);
    }

    static Range ofIpv6(Cidr network) {
      byte[] bytes = network.address().getAddress();
      long high = (long) LONG.get(bytes, 0);
      long low = (long) LONG.get(bytes, Long.BYTES);
      long hostHigh = hostBits(network.prefix());
      long hostLow = hostBits(network.prefix() - Long.SIZE);
      return new Range(high & ~hostHigh, low & ~hostLow, high | hostHigh, low | hostLow);
    }

    /**
     * The bits of a 64-bit half that lie behind a prefix; the prefix may end before or after it.
     */
    private static long hostBits(int prefix) {
      if (prefix >= Long.SIZE) {
        return 0;
      }
      return prefix <= 0 ? -1L : -1L >>> prefix;
    }

    boolean contains(Range other) {
      return !isAfter(other.lastHigh, other.lastLow, lastHigh, lastLow);
    }
  }
}
