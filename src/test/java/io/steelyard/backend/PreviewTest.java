package io.steelyard.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A preview is what the next lease gives, and leaves no trace. */
final class PreviewTest {

  private static final int STEPS = 2000;

  @ParameterizedTest
  @EnumSource
  void preview_atAnyTime_isTheNextLeaseAndLeavesNoTrace(SchedulerType type) {
    Random random = new Random(4);
    GroupConfigs config = GroupConfigs.weights(100, 50, 7, 0, 33).maxConnections(6).with(type);
    GroupDriver group = GroupDriver.up(config);
    GroupDriver unseen = GroupDriver.up(config);
    ArrayDeque<Lease> held = new ArrayDeque<>();
    ArrayDeque<Lease> heldUnseen = new ArrayDeque<>();
    for (int step = 0; step < STEPS; step++) {
      if (random.nextInt(5) < 2 && !held.isEmpty()) {
        held.poll().release();
        heldUnseen.poll().release();
        continue;
      }
      int tried = random.nextInt(10);
      Backend[] excluded = tried < 5 ? new Backend[] {group.backend(tried)} : new Backend[0];
      Backend[] same = tried < 5 ? new Backend[] {unseen.backend(tried)} : new Backend[0];

      Optional<Backend> preview = group.group.preview(GroupDriver.request(excluded));
      assertThat(group.group.preview(GroupDriver.request(excluded))).isEqualTo(preview);

      LeaseOutcome outcome = group.ask(excluded);
      LeaseOutcome without = unseen.ask(same);
      assertThat(outcome instanceof Lease lease ? Optional.of(lease.backend()) : Optional.empty())
          .isEqualTo(preview);
      assertThat(without.getClass()).isEqualTo(outcome.getClass());
      if (outcome instanceof Lease lease && without instanceof Lease other) {
        assertThat(other.backend().index()).isEqualTo(lease.backend().index());
        held.add(lease);
        heldUnseen.add(other);
      }
    }
    assertThat(held).isNotEmpty();
  }
}
