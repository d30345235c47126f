package io.steelyard.backend;

import static io.steelyard.backend.ProbeHealth.Verdict.DOWN;
import static io.steelyard.backend.ProbeHealth.Verdict.STARTING;
import static io.steelyard.backend.ProbeHealth.Verdict.UP;
import static io.steelyard.testkit.GroupConfigs.backend;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ServerGroupTest {

  private static final LeaseOutcome NONE = new LeaseOutcome.None(false);
  private static final LeaseOutcome ALL_EXCLUDED = new LeaseOutcome.None(true);
  private static final LeaseOutcome FULL = new LeaseOutcome.Full();

  @ParameterizedTest
  @EnumSource
  void lease_noBackendAtAll_none(SchedulerType type) {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights().with(type));
    assertThat(group.ask()).isEqualTo(NONE);
  }

  @ParameterizedTest
  @EnumSource
  void lease_weightZeroDrainOrMaintenance_neverChosen(SchedulerType type) {
    GroupDriver group =
        GroupDriver.up(
            GroupConfigs.of(
                    List.of(
                        backend(1, 0),
                        backend(2, 100, State.DRAIN, 0),
                        backend(3, 100, State.MAINTENANCE, 0),
                        backend(4, 1)))
                .with(type)
                .failOpen());
    assertThat(group.choices(100)).containsOnly(3);
    group.health(3, DOWN);
    assertThat(group.choices(100)).containsOnly(3);
    group.group.intent(group.backend(3), State.DRAIN, 1);
    assertThat(group.ask()).isEqualTo(NONE);
    assertThat(group.group.isFailOpen()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void lease_excluded_skipped_untilOnlyExcludedAreLeft(SchedulerType type) {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(100, 50, 1).with(type));
    for (int i = 0; i < 50; i++) {
      assertThat(group.take(group.backend(0)).backend().index()).isNotZero();
      assertThat(group.take(group.backend(0), group.backend(2)).backend().index()).isEqualTo(1);
    }
    assertThat(group.ask(group.backend(0), group.backend(1), group.backend(2)))
        .isEqualTo(ALL_EXCLUDED);
  }

  @ParameterizedTest
  @EnumSource
  void lease_limits_respectedExactly_thenFull(SchedulerType type) {
    GroupDriver group =
        GroupDriver.up(GroupConfigs.weights(100, 1, 1).with(type).maxConnections(5));
    assertThat(group.shares(group.choices(15))).containsExactly(5L, 5L, 5L);
    assertThat(group.ask()).isEqualTo(FULL);
    assertThat(group.ask(group.backend(1))).isEqualTo(FULL);
    assertThat(group.ask(group.backend(0), group.backend(1), group.backend(2)))
        .isEqualTo(ALL_EXCLUDED);
  }

  @ParameterizedTest
  @EnumSource
  void lease_afterRelease_roomIsFoundAgain(SchedulerType type) {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(9, 1).with(type).maxConnections(1));
    Lease first = group.take();
    Lease second = group.take();
    first.release();
    assertThat(group.take().backend()).isSameAs(first.backend());
    second.release();
    assertThat(group.take().backend()).isSameAs(second.backend());
  }

  @ParameterizedTest
  @EnumSource
  void lease_starting_onlyWhileNoneIsUp(SchedulerType type) {
    GroupDriver group = new GroupDriver(GroupConfigs.weights(1, 1, 1).with(type));
    assertThat(group.take().backend().state()).isEqualTo(BackendState.STARTING);
    group.health(0, DOWN);
    assertThat(group.choices(50)).doesNotContain(0);
    group.health(2, UP);
    assertThat(group.choices(50)).containsOnly(2);
    group.health(2, DOWN);
    assertThat(group.choices(50)).containsOnly(1);
    group.health(1, DOWN);
    assertThat(group.ask()).isEqualTo(NONE);
    assertThat(group.group.isFailOpen()).isFalse();
  }

  @Test
  void lease_theOneUpDrains_startingOnesAreUsed() {
    GroupDriver group = new GroupDriver(GroupConfigs.weights(1, 1));
    group.health(0, UP);
    group.group.intent(group.backend(0), State.DRAIN, 1);
    assertThat(group.choices(3)).containsOnly(1);
  }

  @ParameterizedTest
  @EnumSource
  void lease_allDownFailOpen_choosesAmongAll_andSaysSo(SchedulerType type) {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(1, 1, 0).with(type).failOpen());
    assertThat(group.group.isFailOpen()).isFalse();
    group.health(0, DOWN);
    assertThat(group.choices(5)).containsOnly(1);
    group.health(1, DOWN);
    assertThat(group.group.isFailOpen()).isTrue();
    assertThat(group.choices(20)).isSubsetOf(0, 1);
    group.health(0, UP);
    assertThat(group.group.isFailOpen()).isFalse();
    assertThat(group.choices(5)).containsOnly(0);
  }

  @Test
  void health_unchecked_upFromTheStart() {
    GroupDriver group = new GroupDriver(GroupConfigs.weights(1).unchecked());
    assertThat(group.backend(0).health().verdict()).isEqualTo(UP);
    assertThat(group.backend(0).health().reason()).isEqualTo("unchecked");
  }

  @Test
  void health_sameVerdict_publishedButTurnsGoOn() {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(1, 1));
    group.take();
    ProbeHealth again =
        new ProbeHealth(UP, "ok", "again", group.backend(0).health().since(), List.of());
    group.group.health(group.backend(0), again);
    assertThat(group.backend(0).health()).isSameAs(again);
    assertThat(group.take().backend().index()).isEqualTo(1);
  }

  @Test
  void state_firstThatApplies() {
    GroupDriver group = new GroupDriver(GroupConfigs.weights(7));
    Backend backend = group.backend(0);
    assertThat(backend.state()).isEqualTo(BackendState.STARTING);
    group.health(0, UP);
    assertThat(backend.state()).isEqualTo(BackendState.UP);
    group.health(0, DOWN);
    assertThat(backend.state()).isEqualTo(BackendState.DOWN);
    assertThat(backend.effectiveWeight()).isEqualTo(7);
    group.group.intent(backend, State.DRAIN, 7);
    assertThat(backend.state()).isEqualTo(BackendState.DRAINING);
    assertThat(backend.effectiveWeight()).isZero();
    group.group.intent(backend, State.MAINTENANCE, 7);
    assertThat(backend.state()).isEqualTo(BackendState.MAINTENANCE);
    group.group.intent(backend, State.READY, 9);
    group.health(0, STARTING);
    assertThat(backend.state()).isEqualTo(BackendState.STARTING);
    assertThat(backend.effectiveWeight()).isEqualTo(9);
  }

  @Test
  void intent_weightOutOfRange_rejected() {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(1));
    assertThatThrownBy(() -> group.group.intent(group.backend(0), State.READY, 257))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void release_afterHealthAndIntentChanged_countsBack_andOnlyOnce(SchedulerType type) {
    GroupDriver group = GroupDriver.up(GroupConfigs.weights(1, 1).with(type));
    List<Lease> leases = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      leases.add(group.take());
    }
    group.health(0, DOWN);
    group.group.intent(group.backend(1), State.MAINTENANCE, 1);
    leases.forEach(Lease::release);
    assertThat(group.backend(0).connections() + group.backend(1).connections()).isZero();
    assertThat(group.backend(0).connectionsTotal() + group.backend(1).connectionsTotal())
        .isEqualTo(10);
    assertThatThrownBy(leases.get(0)::release).isInstanceOf(IllegalStateException.class);
    assertThat(group.backend(0).connections() + group.backend(1).connections()).isZero();
  }
}
