package io.steelyard.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LeastConnectionsTest {

  private static GroupDriver group(int... weights) {
    return GroupDriver.up(
        GroupConfigs.weights(weights).with(SchedulerType.WEIGHTED_LEAST_CONNECTIONS));
  }

  @Test
  void choose_heldFlows_inProportionToWeights() {
    GroupDriver group = group(100, 50, 0, 50);
    assertThat(group.shares(group.choices(400))).containsExactly(200L, 100L, 0L, 100L);
  }

  @Test
  void choose_idleGroup_tiesTakeTurns() {
    GroupDriver group = group(10, 10, 10);
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Lease lease = group.take();
      chosen.add(lease.backend().index());
      lease.release();
    }
    assertThat(chosen).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2);
  }

  @Test
  void choose_rosterChanged_countsOfBeforeStillCount() {
    GroupDriver group = group(1, 1);
    group.health(1, ProbeHealth.Verdict.DOWN);
    group.choices(10);
    group.health(1, ProbeHealth.Verdict.UP);
    assertThat(group.choices(10)).containsOnly(1);
    assertThat(group.shares(group.choices(10))).containsExactly(5L, 5L);
  }

  @Test
  void choose_randomTraffic_alwaysTheLeast() {
    Random random = new Random(13);
    int[] weights = {1, 256, 17, 100, 33};
    GroupDriver group = group(weights);
    List<Lease> held = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (!held.isEmpty() && random.nextInt(100) < 49) {
        held.remove(random.nextInt(held.size())).release();
        continue;
      }
      Backend excluded = group.backend(random.nextInt(weights.length));
      boolean exclude = random.nextInt(5) == 0;
      int[] before = group.group.backends().stream().mapToInt(Backend::connections).toArray();
      Lease lease = exclude ? group.take(excluded) : group.take();
      held.add(lease);
      int chosen = lease.backend().index();
      for (int other = 0; other < weights.length; other++) {
        if (!exclude || other != excluded.index()) {
          assertThat((before[chosen] + 1L) * weights[other])
              .isLessThanOrEqualTo((before[other] + 1L) * weights[chosen]);
        }
      }
    }
  }
}
