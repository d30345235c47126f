package io.steelyard.backend;

import static io.steelyard.backend.ProbeHealth.Verdict.DOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A group whose backends, limits, scheduler and check change while leases are held. */
class ReconfigureTest {

  /**
   * Backends leave and return, with leases and without, and share their places with newcomers:
   * whoever is chosen is a member that has room, and every count is that of the leases held.
   */
  @ParameterizedTest
  @EnumSource
  void reconfigure_membersComeAndGoUnderLeases_countsAndChoicesStayExact(SchedulerType type) {
    Random random = new Random(42);
    ServerGroup group = new ServerGroup(GroupConfigs.weights(1).unchecked().build());
    List<Lease> held = new ArrayList<>();
    Map<Backend, Long> counted = new HashMap<>();
    for (int round = 0; round < 2_000; round++) {
      SchedulerType now = random.nextInt(10) == 0 ? SchedulerType.ROUND_ROBIN : type;
      group.reconfigure(GroupConfigs.of(members(random)).with(now).unchecked().build());
      assertThat(group.backends()).extracting(Backend::index).doesNotHaveDuplicates();
      for (int i = random.nextInt(12); i > 0; i--) {
        if (!held.isEmpty() && random.nextInt(3) == 0) {
          Lease lease = held.remove(random.nextInt(held.size()));
          counted.merge(lease.backend(), -1L, Long::sum);
          lease.release();
        } else if (group.lease(GroupDriver.request()) instanceof Lease lease) {
          Backend chosen = lease.backend();
          held.add(lease);
          counted.merge(chosen, 1L, Long::sum);
          assertThat(group.backends()).contains(chosen);
          assertThat(chosen.effectiveWeight()).isPositive();
          int limit = chosen.config().maxConnections();
          assertThat(limit == 0 || chosen.connections() <= limit).isTrue();
        } else {
          assertThat(group.backends()).allMatch(ReconfigureTest::takesNothing);
        }
      }
      counted.forEach(
          (backend, leases) -> assertThat(backend.connections()).isEqualTo(leases.intValue()));
      assertOnePerAddress(group.backends(), held);
    }
  }

  private static List<BackendConfig> members(Random random) {
    return IntStream.rangeClosed(1, 8)
        .filter(number -> random.nextBoolean())
        .mapToObj(
            number ->
                GroupConfigs.backend(
                    number,
                    random.nextInt(4),
                    random.nextInt(5) == 0 ? State.DRAIN : State.READY,
                    random.nextInt(4)))
        .toList();
  }

  private static boolean takesNothing(Backend backend) {
    return backend.effectiveWeight() == 0 || backend.isFull();
  }

  /** A backend that returns while it has leases is the one that left. */
  private static void assertOnePerAddress(Collection<Backend> members, List<Lease> held) {
    Set<Backend> all = held.stream().map(Lease::backend).collect(Collectors.toSet());
    all.addAll(members);
    Set<String> addresses = new HashSet<>();
    assertThat(all).allMatch(backend -> addresses.add(backend.config().address()));
  }

  @Test
  void reconfigure_limitRaised_servesThoseWhoWait() {
    GroupConfigs one = GroupConfigs.weights(1).unchecked().queue(5);
    ServerGroup group = new ServerGroup(one.maxConnections(1).build());
    assertThat(group.lease(GroupDriver.request())).isInstanceOf(Lease.class);
    List<Lease> granted = new ArrayList<>();
    assertThat(group.await(GroupDriver.request(), granted::add)).isPresent();
    assertThat(granted).isEmpty();

    group.reconfigure(one.maxConnections(2).build());

    assertThat(granted).hasSize(1);
    assertThat(group.waiting()).isZero();
  }

  @Test
  void reconfigure_fullBackendLeaves_itsWaitersGetTheNewOne() {
    GroupConfigs old = GroupConfigs.weights(1).unchecked().queue(5);
    ServerGroup group = new ServerGroup(old.maxConnections(1).build());
    Lease held = (Lease) group.lease(GroupDriver.request());
    List<Lease> granted = new ArrayList<>();
    assertThat(group.await(GroupDriver.request(), granted::add)).isPresent();

    group.reconfigure(
        GroupConfigs.of(List.of(GroupConfigs.backend(2, 1))).unchecked().queue(5).build());

    assertThat(granted).singleElement().matches(lease -> lease.backend() != held.backend());
  }

  /** The probe was on its way when the check was taken out: nobody would correct its word. */
  @Test
  void health_afterTheCheckWasTakenOut_hasNoEffect() {
    GroupDriver driver = GroupDriver.up(GroupConfigs.weights(1));
    driver.group.reconfigure(GroupConfigs.weights(1).unchecked().build());

    driver.health(0, DOWN);

    assertThat(driver.backend(0).state()).isEqualTo(BackendState.UP);
    assertThat(driver.ask()).isInstanceOf(Lease.class);
  }
}
