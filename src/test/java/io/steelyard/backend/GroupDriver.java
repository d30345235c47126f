package io.steelyard.backend;

import io.steelyard.testkit.GroupConfigs;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Asks a group for leases in the words of a test. */
final class GroupDriver {

  static final InetAddress CLIENT = ip(192, 0, 2, 1);

  final ServerGroup group;

  GroupDriver(GroupConfigs config) {
    this.group = new ServerGroup(config.build());
  }

  /** All backends up. */
  static GroupDriver up(GroupConfigs config) {
    GroupDriver driver = new GroupDriver(config);
    for (int i = 0; i < driver.group.backends().size(); i++) {
      driver.health(i, ProbeHealth.Verdict.UP);
    }
    return driver;
  }

  static InetAddress ip(int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    try {
      return InetAddress.getByAddress(raw);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static LeaseRequest request(Backend... excluded) {
    return new LeaseRequest(CLIENT, Set.of(excluded));
  }

  Backend backend(int index) {
    return group.backends().get(index);
  }

  void health(int index, ProbeHealth.Verdict verdict) {
    group.health(
        backend(index), new ProbeHealth(verdict, "ok", "as told", Instant.EPOCH, List.of()));
  }

  LeaseOutcome ask(Backend... excluded) {
    return group.lease(request(excluded));
  }

  Lease take(Backend... excluded) {
    return (Lease) ask(excluded);
  }

  /** Leases so many, holds them, and tells the index of each choice. */
  List<Integer> choices(int flows) {
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < flows; i++) {
      chosen.add(take().backend().index());
    }
    return chosen;
  }

  /** How often each index stands in the choices. */
  List<Long> shares(Collection<Integer> chosen) {
    List<Long> shares = new ArrayList<>();
    for (int i = 0; i < group.backends().size(); i++) {
      int index = i;
      shares.add(chosen.stream().filter(c -> c == index).count());
    }
    return shares;
  }
}
