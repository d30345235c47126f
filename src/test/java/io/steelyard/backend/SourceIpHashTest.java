package io.steelyard.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceIpHashTest {

  private static final int CLIENTS = 20_000;

  private static GroupDriver group(GroupConfigs config) {
    return GroupDriver.up(config.with(SchedulerType.SOURCE_IP_HASH));
  }

  private static GroupConfigs even(int backends) {
    return GroupConfigs.weights(IntStream.range(0, backends).map(i -> 100).toArray());
  }

  /** IPv4 and IPv6 clients, neighbours among them. */
  private static InetAddress client(int i) {
    if (i % 2 == 0) {
      return GroupDriver.ip(203, i >> 16, i >> 8, i);
    }
    return GroupDriver.ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, i >> 16, 0, 0, 0, 0, 0, 0, i >> 8, i);
  }

  /** Where each client goes, by address; nothing is held. */
  private static List<String> placements(GroupDriver group) {
    return IntStream.range(0, CLIENTS).mapToObj(i -> place(group, client(i))).toList();
  }

  private static String place(GroupDriver group, InetAddress client, Backend... excluded) {
    Lease lease = (Lease) group.group.lease(new LeaseRequest(client, Set.of(excluded)));
    lease.release();
    return lease.backend().config().address();
  }

  private static long moved(List<String> before, List<String> after) {
    return IntStream.range(0, CLIENTS).filter(i -> !before.get(i).equals(after.get(i))).count();
  }

  @Test
  void choose_placement_asInTheGoldenFile() throws IOException {
    List<BackendConfig> backends =
        new ArrayList<>(GroupConfigs.weights(100, 50, 100, 1).backends());
    backends.add(new BackendConfig("[2001:db8::9]:443", "2001:db8::9", 443, 256, State.READY, 0));
    GroupDriver group = group(GroupConfigs.of(backends));
    StringBuilder placed = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      InetAddress client = client(i * 7919);
      placed.append(client.getHostAddress()).append(' ').append(place(group, client)).append('\n');
    }
    try (InputStream golden = getClass().getResourceAsStream("/placement/source-ip-hash.txt")) {
      assertThat(placed.toString())
          .isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void choose_orderInTheDocument_makesNoDifference() {
    List<BackendConfig> backends = new ArrayList<>(GroupConfigs.weights(1, 2, 3, 4, 5).backends());
    List<String> before = placements(group(GroupConfigs.of(backends)));
    Collections.shuffle(backends, new Random(2));
    assertThat(placements(group(GroupConfigs.of(backends)))).isEqualTo(before);
  }

  @Test
  void choose_weights_sharesOfTheTable() {
    GroupDriver group = group(GroupConfigs.weights(100, 50, 0, 50));
    List<String> placed = placements(group);
    double[] expected = {0.5, 0.25, 0, 0.25};
    for (int i = 0; i < expected.length; i++) {
      String address = group.backend(i).config().address();
      double share = Collections.frequency(placed, address) / (double) CLIENTS;
      assertThat(share).isCloseTo(expected[i], within(0.02));
    }
  }

  @Test
  void health_oneDown_onlyItsClientsMove() {
    GroupDriver group = group(even(10));
    List<String> before = placements(group);
    String down = group.backend(3).config().address();
    group.health(3, ProbeHealth.Verdict.DOWN);
    List<String> during = placements(group);
    int[] received = new int[10];
    for (int i = 0; i < CLIENTS; i++) {
      assertThat(during.get(i).equals(before.get(i))).isEqualTo(!before.get(i).equals(down));
      if (before.get(i).equals(down)) {
        for (int b = 0; b < 10; b++) {
          received[b] += group.backend(b).config().address().equals(during.get(i)) ? 1 : 0;
        }
      }
    }
    // A tenth of 20,000 clients over nine others: 222 each, give or take five standard deviations.
    for (int b = 0; b < 10; b++) {
      assertThat(received[b]).isBetween(b == 3 ? 0 : 150, b == 3 ? 0 : 295);
    }
    group.health(3, ProbeHealth.Verdict.UP);
    assertThat(placements(group)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10, 100})
  void roster_oneLeaves_aboutOneNthMoves(int backends) {
    GroupDriver group = group(even(backends));
    List<String> before = placements(group);
    String gone = group.backend(backends / 2).config().address();
    group.group.intent(group.backend(backends / 2), State.DRAIN, 100);
    List<String> after = placements(group);
    long its = Collections.frequency(before, gone);
    assertThat(after).doesNotContain(gone);
    assertThat(moved(before, after)).isBetween(its, its + CLIENTS / 40);
    assertThat((double) its / CLIENTS).isCloseTo(1.0 / backends, within(0.01));
  }

  @Test
  void choose_excludedOrFull_sameSecondChoiceOnEveryReplica() {
    GroupDriver one = group(even(5));
    GroupDriver two = group(even(5));
    for (int i = 0; i < 500; i++) {
      String first = place(one, client(i));
      Backend tried = byAddress(one, first);
      String second = place(one, client(i), tried);
      assertThat(second).isNotEqualTo(first);
      assertThat(place(two, client(i), byAddress(two, first))).isEqualTo(second);
    }
  }

  private static Backend byAddress(GroupDriver group, String address) {
    return group.group.backends().stream()
        .filter(backend -> backend.config().address().equals(address))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void choose_oneUpAmongManyDown_foundByTheScan() {
    GroupDriver group = group(even(300));
    IntStream.range(0, 300)
        .filter(i -> i != 123)
        .forEach(i -> group.health(i, ProbeHealth.Verdict.DOWN));
    for (int i = 0; i < 200; i++) {
      assertThat(place(group, client(i))).isEqualTo(group.backend(123).config().address());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 655, 656, 10_000})
  void table_anySize_everyoneHasPlaces(int backends) {
    List<Roster.Member> members =
        IntStream.rangeClosed(1, backends)
            .mapToObj(
                i ->
                    new Roster.Member(
                        new Backend(GroupConfigs.backend(i, 1), i - 1, HealthCheckConfig.Type.TCP),
                        1,
                        0))
            .toList();
    int[] places = new int[backends];
    MaglevTable table = new MaglevTable(members);
    for (int i = 0; i < table.size(); i++) {
      places[table.at(i).index()]++;
    }
    assertThat(BigInteger.valueOf(table.size()).isProbablePrime(50)).isTrue();
    assertThat(table.size()).isGreaterThanOrEqualTo(Math.max(65_537, backends * 100));
    int fair = table.size() / backends;
    assertThat(IntStream.of(places)).allMatch(count -> count >= fair && count <= fair + 1);
  }
}
