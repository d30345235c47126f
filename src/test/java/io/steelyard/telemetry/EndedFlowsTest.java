package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.flow.Flow;
import io.steelyard.testkit.Flows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EndedFlowsTest {

  private final AtomicBoolean closing = new AtomicBoolean();

  @Test
  void poll_afterOffers_givesTheirOrder() {
    EndedFlows queue = new EndedFlows(8);
    for (long id = 0; id < 5; id++) {
      queue.offer(Flows.accepted(id, "web"), Thread.currentThread());
    }

    assertThat(drained(queue)).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  @Test
  void offer_noRoom_isRefusedUntilOneIsTaken() {
    EndedFlows queue = new EndedFlows(4);
    for (long id = 0; id < 4; id++) {
      assertThat(queue.offer(Flows.accepted(id, "web"), Thread.currentThread())).isTrue();
    }

    assertThat(queue.offer(Flows.accepted(4, "web"), Thread.currentThread())).isFalse();
    queue.poll();
    assertThat(queue.offer(Flows.accepted(5, "web"), Thread.currentThread())).isTrue();
    assertThat(drained(queue)).containsExactly(1L, 2L, 3L, 5L);
  }

  @Test
  void gather_aQuarterTaken_endsBeforeItsTime() throws Exception {
    EndedFlows queue = new EndedFlows(64);
    Thread writer = startGathering(queue);
    for (long id = 0; id < 64; id++) {
      queue.offer(Flows.accepted(id, "web"), writer);
    }

    assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void gather_closed_endsBeforeItsTime() throws Exception {
    Thread writer = startGathering(new EndedFlows(64));
    closing.set(true);
    LockSupport.unpark(writer);

    assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
  }

  private Thread startGathering(EndedFlows queue) {
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(() -> queue.gather(TimeUnit.DAYS.toNanos(1), closing::get));
    await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
    return writer;
  }

  @Test
  void awaitFirst_oneFlow_wakes() throws Exception {
    EndedFlows queue = new EndedFlows(64);
    Thread writer = Thread.ofPlatform().daemon().start(() -> queue.awaitFirst(closing::get));
    await().until(() -> writer.getState() == Thread.State.WAITING);

    queue.offer(Flows.accepted(1, "web"), writer);

    assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
  }

  /** As by a loop that looks at the writer's state only after the writer has taken its flow. */
  @Test
  void awaitFirst_wokenForNothing_isWokenByTheNextFlow() throws Exception {
    EndedFlows queue = new EndedFlows(64);
    AtomicInteger looks = new AtomicInteger();
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(
                () ->
                    queue.awaitFirst(
                        () -> {
                          looks.incrementAndGet();
                          return false;
                        }));
    await().until(() -> looks.get() == 1 && writer.getState() == Thread.State.WAITING);
    queue.offer(Flows.accepted(1, "web"), Thread.currentThread());
    queue.poll();
    LockSupport.unpark(writer);
    await().until(() -> looks.get() == 2 && writer.getState() == Thread.State.WAITING);

    queue.offer(Flows.accepted(2, "web"), writer);

    assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void offers_ofManyThreads_allArriveEachInItsOrder() throws Exception {
    int threads = 4;
    int each = 5_000;
    EndedFlows queue = new EndedFlows(256);
    List<Long> seen = new ArrayList<>();
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (seen.size() < threads * each) {
                    queue.awaitFirst(closing::get);
                    queue.gather(1, closing::get);
                    seen.addAll(drained(queue));
                  }
                });
    for (int t = 0; t < threads; t++) {
      long first = (long) t * each;
      Thread.ofPlatform()
          .start(
              () -> {
                for (long id = first; id < first + each; id++) {
                  Flow flow = Flows.accepted(id, "web");
                  while (!queue.offer(flow, writer)) {
                    Thread.yield();
                  }
                }
              });
    }

    assertThat(writer.join(Duration.ofSeconds(60))).isTrue();
    for (int t = 0; t < threads; t++) {
      long first = (long) t * each;
      assertThat(seen.stream().filter(id -> id >= first && id < first + each).toList())
          .isEqualTo(LongStream.range(first, first + each).boxed().toList());
    }
  }

  private static List<Long> drained(EndedFlows queue) {
    List<Long> ids = new ArrayList<>();
    for (Flow flow = queue.poll(); flow != null; flow = queue.poll()) {
      ids.add(flow.id());
    }
    return ids;
  }
}
