package io.steelyard.backend;

import static io.steelyard.testkit.GroupConfigs.backend;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RoundRobinTest {

  @Test
  void weights_twoToOne_heavyOneIsSpread() {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(100, 50, 0));
    assertThat(group.choices(9)).containsExactly(0, 1, 0, 0, 1, 0, 0, 1, 0);
  }

  @Test
  void weights_eightThreads_exactShares() throws InterruptedException {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(100, 50, 0));
    int threads = 8;
    CountDownLatch start = new CountDownLatch(1);
    Queue<Integer> chosen = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int flows = 300 / threads + (t < 300 % threads ? 1 : 0);
      clients.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    awaitQuietly(start);
                    for (int i = 0; i < flows; i++) {
                      Lease lease = group.take();
                      chosen.add(lease.backend().index());
                      if (i % 2 == 0) {
                        lease.release();
                      }
                    }
                  }));
    }
    start.countDown();
    for (Thread client : clients) {
      client.join();
    }
    assertThat(group.shares(chosen)).containsExactly(200L, 100L, 0L);
    assertThat(group.backend(0).connectionsTotal()).isEqualTo(200);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void weights_random_everyPeriodExactAndSmooth() {
    Random random = new Random(7);
    for (int round = 0; round < 50; round++) {
      int[] weights = random.ints(1 + random.nextInt(12), 0, 257).toArray();
      int divisor = Arrays.stream(weights).reduce(0, RoundRobinTest::gcd);
      int period = divisor == 0 ? 0 : Arrays.stream(weights).sum() / divisor;
      if (period == 0) {
        continue;
      }
      GroupDriver group = GroupDriver.up(GroupConfigs.weights(weights));
      for (int repeat = 0; repeat < 2; repeat++) {
        List<Integer> chosen = group.choices(period);
        for (int i = 0; i < weights.length; i++) {
          assertShareEverywhere(chosen, i, weights[i] / divisor, weights.length);
        }
      }
    }
  }

  /** Exact at the period's end, never a whole turn per other backend away in between. */
  private static void assertShareEverywhere(List<Integer> chosen, int index, int weight, int n) {
    long taken = 0;
    for (int i = 0; i < chosen.size(); i++) {
      taken += chosen.get(i) == index ? 1 : 0;
      double ideal = (double) (i + 1) * weight / chosen.size();
      assertThat(Math.abs(taken - ideal)).isLessThanOrEqualTo(Math.max(1, n));
    }
    assertThat(taken).isEqualTo(weight);
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  @Test
  void equalWeights_inDocumentOrder() {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(256, 256, 256));
    assertThat(group.choices(7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void roundRobin_unequalWeights_equalTurnsButNoneForZero() {
    GroupDriver group =
        GroupDriver.up(GroupConfigs.weights(1, 256, 0, 7).with(SchedulerType.ROUND_ROBIN));
    assertThat(group.choices(6)).containsExactly(0, 1, 3, 0, 1, 3);
  }

  @Test
  void fullBackend_losesItsTurns_noBurstAfterwards() {
    GroupDriver group =
        GroupDriver.up(
            GroupConfigs.of(
                List.of(backend(1, 100, State.READY, 1), backend(2, 100, State.READY, 0))));
    Lease held = group.take();
    assertThat(held.backend().index()).isZero();
    assertThat(group.choices(50)).containsOnly(1);
    held.release();
    List<Integer> after = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Lease lease = group.take();
      after.add(lease.backend().index());
      lease.release();
    }
    assertThat(group.shares(after)).containsExactly(3L, 3L);
    assertThat(after).doesNotContainSequence(0, 0);
  }

  @Test
  void fullBackend_amongWeights_othersKeepTheirProportion() {
    GroupDriver group =
        GroupDriver.up(
            GroupConfigs.of(
                List.of(
                    backend(1, 256, State.READY, 1),
                    backend(2, 2, State.READY, 0),
                    backend(3, 1))));
    group.take();
    assertThat(group.shares(group.choices(300))).containsExactly(0L, 200L, 100L);
  }

  @Test
  void excludedBackend_keepsItsTurn() {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(1, 1, 1));
    assertThat(group.take(group.backend(0)).backend().index()).isEqualTo(1);
    assertThat(group.choices(4)).containsExactly(0, 2, 0, 1);
  }

  @Test
  void excludedBackends_anyOrder_periodStaysExact() {
    Random random = new Random(11);
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(5, 3, 2));
    int[] taken = new int[3];
    for (int i = 0; i < 10_000; i++) {
      boolean exclude = random.nextInt(4) == 0;
      Lease lease = exclude ? group.take(group.backend(random.nextInt(3))) : group.take();
      taken[lease.backend().index()]++;
    }
    // Turns kept are used by the next request, so shares stay within a period of the exact ones.
    assertThat(taken[0]).isBetween(4990, 5010);
    assertThat(taken[1]).isBetween(2990, 3010);
    assertThat(taken[2]).isBetween(1990, 2010);
  }

  @Test
  void randomFullness_leases_exactlyWhereThereIsRoom() {
    Random random = new Random(5);
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(7, 100, 256, 1).maxConnections(3));
    List<Lease> held = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (!held.isEmpty() && random.nextInt(100) < 48) {
        held.remove(random.nextInt(held.size())).release();
      } else {
        LeaseOutcome outcome = group.ask();
        assertThat(outcome instanceof Lease).isEqualTo(held.size() < 12);
        if (outcome instanceof Lease lease) {
          held.add(lease);
        }
      }
      IntStream.range(0, 4)
          .forEach(b -> assertThat(group.backend(b).connections()).isBetween(0, 3));
    }
  }
}
