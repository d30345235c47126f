package io.steelyard.backend;

import static io.steelyard.backend.ProbeHealth.Verdict.DOWN;
import static io.steelyard.backend.ProbeHealth.Verdict.UP;
import static io.steelyard.testkit.GroupConfigs.backend;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.backend.ServerGroup.Waiter;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.testkit.GroupConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class QueueTest {

  private final List<String> served = new ArrayList<>();
  private final List<Lease> leases = new ArrayList<>();

  private Optional<Waiter> wait(GroupDriver group, String name, Backend... excluded) {
    return group.group.await(
        GroupDriver.request(excluded),
        lease -> {
          served.add(name + "@" + lease.backend().index());
          leases.add(lease);
        });
  }

  private static GroupDriver full(int backends, int queue) {
    int[] weights = new int[backends];
    Arrays.fill(weights, 1);
    GroupDriver group =
        GroupDriver.up(GroupConfigs.weights(weights).maxConnections(1).queue(queue));
    return group;
  }

  @Test
  void release_twoWait_servedInTheirOrder() {
    GroupDriver group = full(1, 5);
    Lease held = group.take();
    wait(group, "a");
    wait(group, "b");
    assertThat(group.group.waiting()).isEqualTo(2);
    held.release();
    assertThat(served).containsExactly("a@0");
    assertThat(group.backend(0).connections()).isEqualTo(1);
    leases.get(0).release();
    assertThat(served).containsExactly("a@0", "b@0");
    assertThat(group.group.waiting()).isZero();
    assertThat(group.backend(0).connectionsTotal()).isEqualTo(3);
  }

  @Test
  void await_queueFull_orOfSizeZero_empty() {
    GroupDriver group = full(1, 1);
    group.take();
    assertThat(wait(group, "a")).isPresent();
    assertThat(wait(group, "b")).isEmpty();
    GroupDriver none = full(1, 0);
    none.take();
    assertThat(wait(none, "c")).isEmpty();
  }

  @Test
  void await_roomByNow_servedAtOnce() {
    GroupDriver group = full(1, 1);
    Waiter waiter = wait(group, "a").orElseThrow();
    assertThat(served).containsExactly("a@0");
    assertThat(waiter.cancel()).isFalse();
  }

  @Test
  void await_nothingToWaitFor_empty() {
    GroupDriver group = full(2, 5);
    assertThat(wait(group, "a", group.backend(0), group.backend(1))).isEmpty();
    group.health(0, DOWN);
    group.health(1, DOWN);
    assertThat(wait(group, "b")).isEmpty();
  }

  @Test
  void cancel_waiting_leavesAndMakesRoomInTheQueue() {
    GroupDriver group = full(1, 1);
    Lease held = group.take();
    Waiter waiter = wait(group, "a").orElseThrow();
    assertThat(waiter.cancel()).isTrue();
    assertThat(waiter.cancel()).isFalse();
    assertThat(group.group.waiting()).isZero();
    wait(group, "b");
    held.release();
    assertThat(served).containsExactly("b@0");
  }

  @Test
  void release_firstInLineExcludesIt_nextOneServed() {
    GroupDriver group = full(2, 5);
    Lease zero = group.take();
    Lease one = group.take();
    wait(group, "a", group.backend(0));
    wait(group, "b");
    zero.release();
    assertThat(served).containsExactly("b@0");
    one.release();
    assertThat(served).containsExactly("b@0", "a@1");
  }

  @Test
  void release_allWhoWaitExcludeIt_placeStaysFree() {
    GroupDriver group = full(2, 5);
    Lease zero = group.take();
    group.take();
    wait(group, "a", group.backend(0));
    zero.release();
    assertThat(served).isEmpty();
    assertThat(group.take().backend().index()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void health_backendRises_allWhoFitAreServed(SchedulerType type) {
    GroupDriver group =
        GroupDriver.up(
            GroupConfigs.of(List.of(backend(1, 1, State.READY, 1), backend(2, 1, State.READY, 2)))
                .with(type)
                .queue(5));
    group.health(1, DOWN);
    group.take();
    wait(group, "a");
    wait(group, "b");
    wait(group, "c");
    group.health(1, UP);
    assertThat(served).containsExactly("a@1", "b@1");
    assertThat(group.group.waiting()).isEqualTo(1);
  }

  @Test
  void intent_backendReadyAgain_serves() {
    GroupDriver group = full(2, 5);
    group.group.intent(group.backend(1), State.MAINTENANCE, 1);
    group.take();
    wait(group, "a");
    group.group.intent(group.backend(1), State.READY, 1);
    assertThat(served).containsExactly("a@1");
  }

  @Test
  void release_ofADrainingBackend_servesNobody() {
    GroupDriver group = full(2, 5);
    Lease zero = group.take();
    group.take();
    wait(group, "a");
    group.group.intent(group.backend(0), State.DRAIN, 1);
    zero.release();
    assertThat(served).isEmpty();
  }

  @Test
  void release_callbackThrows_nextOneGetsThePlace() {
    GroupDriver group = full(1, 20_000);
    Lease held = group.take();
    for (int i = 0; i < 10_000; i++) {
      group.group.await(
          GroupDriver.request(),
          lease -> {
            throw new RejectedExecutionException("loop is gone");
          });
    }
    wait(group, "last");
    assertThatThrownBy(held::release).isInstanceOf(RejectedExecutionException.class);
    assertThat(served).containsExactly("last@0");
    assertThat(group.backend(0).connections()).isEqualTo(1);
  }

  /**
   * Threads that lease, wait, cancel and release, while health flips: every place is accounted for.
   */
  @ParameterizedTest
  @EnumSource
  void everything_manyThreads_countsExact(SchedulerType type) throws InterruptedException {
    GroupDriver group =
        GroupDriver.up(GroupConfigs.weights(3, 2, 1).with(type).maxConnections(2).queue(50));
    AtomicLong taken = new AtomicLong();
    AtomicInteger broken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      threads.add(Thread.ofPlatform().start(() -> traffic(group, taken, broken)));
    }
    threads.add(
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < 300; i++) {
                    group.health(i % 3, i / 3 % 2 == 0 ? DOWN : UP);
                  }
                  for (int i = 0; i < 3; i++) {
                    group.health(i, UP);
                  }
                }));
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(broken).hasValue(0);
    assertThat(group.group.waiting()).isZero();
    assertThat(group.group.backends()).allMatch(backend -> backend.connections() == 0);
    assertThat(group.group.backends().stream().mapToLong(Backend::connectionsTotal).sum())
        .isEqualTo(taken.get());
    assertThat(group.group.backends()).allMatch(backend -> backend.excludedByWaiters() == 0);
    assertThat(group.choices(6)).hasSize(6);
  }

  /**
   * A waiter's lease is released by its callback's thread, or the waiter cancels: never both, never
   * neither.
   */
  private static void traffic(GroupDriver group, AtomicLong taken, AtomicInteger broken) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    List<Lease> held = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      Backend excluded = group.backend(random.nextInt(3));
      LeaseRequest request =
          random.nextInt(3) == 0 ? GroupDriver.request(excluded) : GroupDriver.request();
      switch (group.group.lease(request)) {
        case Lease lease -> {
          taken.incrementAndGet();
          held.add(lease);
          if (lease.backend().connections() > 2) {
            broken.incrementAndGet();
          }
        }
        case LeaseOutcome.Full full -> waitAndCancel(group, request, taken, broken);
        case LeaseOutcome.None none -> {}
      }
      if (!held.isEmpty() && random.nextBoolean()) {
        held.removeFirst().release();
      }
    }
    held.forEach(Lease::release);
  }

  private static void waitAndCancel(
      GroupDriver group, LeaseRequest request, AtomicLong taken, AtomicInteger broken) {
    CompletableFuture<Lease> handed = new CompletableFuture<>();
    Optional<Waiter> waiter = group.group.await(request, handed::complete);
    if (waiter.isEmpty()) {
      return;
    }
    Thread.yield();
    if (waiter.get().cancel()) {
      if (handed.isDone()) {
        broken.incrementAndGet();
      }
    } else {
      handed.join().release();
      taken.incrementAndGet();
    }
  }
}
