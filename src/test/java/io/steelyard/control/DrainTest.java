package io.steelyard.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.ManualTimer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrainTest {

  private static final DrainTimes TIMES =
      new DrainTimes(Duration.ofSeconds(5), Duration.ofSeconds(100), 0.2);

  private final ManualTimer timer = new ManualTimer();

  @Test
  void begin_withDelay_acceptsUntilItIsOver() {
    Flows flows = new Flows(10);
    new Drain(List.of(flows), TIMES, timer).begin();

    timer.pass(Duration.ofMillis(4999));
    assertThat(flows.accepting).isTrue();

    timer.pass(Duration.ofMillis(1));
    assertThat(flows.accepting).isFalse();
  }

  @Test
  void drain_inItsFirstShare_cutsNothing() {
    Flows flows = new Flows(10);
    new Drain(List.of(flows), TIMES, timer).begin();

    timer.pass(Duration.ofSeconds(85));

    assertThat(flows.open).isEqualTo(10);
  }

  @Test
  void drain_inItsLastShare_closesEvenly() {
    Flows flows = new Flows(10);
    new Drain(List.of(flows), TIMES, timer).begin();
    timer.pass(Duration.ofSeconds(85));

    for (int closed = 1; closed <= 10; closed++) {
      timer.pass(Duration.ofSeconds(2));
      assertThat(flows.open).isEqualTo(10 - closed);
    }
  }

  @Test
  void drain_atTheDeadline_isComplete() {
    Flows flows = new Flows(7);
    Future<Void> done = new Drain(List.of(flows), TIMES, timer).begin();

    timer.pass(Duration.ofMillis(104_900));
    assertThat(done.isComplete()).isFalse();

    timer.pass(Duration.ofMillis(100));
    assertThat(done.succeeded()).isTrue();
  }

  @Test
  void drain_lastFlowEndsByItself_completesAtOnce() {
    Flows flows = new Flows(2);
    Future<Void> done = new Drain(List.of(flows), TIMES, timer).begin();
    timer.pass(Duration.ofSeconds(6));

    flows.end(2);

    assertThat(done.succeeded()).isTrue();
    assertThat(flows.cut).isZero();
  }

  @Test
  void drain_flowsEndByThemselves_countTowardsThePace() {
    Flows flows = new Flows(10);
    new Drain(List.of(flows), TIMES, timer).begin();
    timer.pass(Duration.ofSeconds(85));

    flows.end(5);
    timer.pass(Duration.ofSeconds(10));

    assertThat(flows.cut).isZero();
    assertThat(flows.open).isEqualTo(5);
  }

  @Test
  void drain_nothingOpen_completesAfterTheDelay() {
    Future<Void> done = new Drain(List.of(new Flows(0)), TIMES, timer).begin();
    assertThat(done.isComplete()).isFalse();

    timer.pass(Duration.ofSeconds(5));

    assertThat(done.succeeded()).isTrue();
  }

  @Test
  void drain_noListener_completesAfterTheDelay() {
    Future<Void> done = new Drain(List.of(), TIMES, timer).begin();

    timer.pass(Duration.ofSeconds(5));

    assertThat(done.succeeded()).isTrue();
  }

  @Test
  void drain_atOnce_endsEverythingNow() {
    Flows flows = new Flows(3);

    Future<Void> done = new Drain(List.of(flows), DrainTimes.AT_ONCE, timer).begin();

    assertThat(done.succeeded()).isTrue();
    assertThat(flows.cut).isEqualTo(3);
  }

  @Test
  void drain_aFlowIsDeafToItsEnd_isToldAgain() {
    Flows flows = new Flows(1);
    flows.deaf = true;
    Future<Void> done = new Drain(List.of(flows), DrainTimes.AT_ONCE, timer).begin();
    assertThat(done.isComplete()).isFalse();

    flows.deaf = false;
    timer.pass(Duration.ofSeconds(1));

    assertThat(done.succeeded()).isTrue();
  }

  @Test
  void drain_ofTwoListeners_keepsEachOnesPace() {
    Flows few = new Flows(2);
    Flows many = new Flows(100);
    new Drain(List.of(few, many), TIMES, timer).begin();
    timer.pass(Duration.ofSeconds(85));

    timer.pass(Duration.ofSeconds(10));

    assertThat(few.open).isEqualTo(1);
    assertThat(many.open).isEqualTo(50);
  }

  /** A listener that is nothing but its open flows. */
  private static final class Flows implements Drainable {
    private final Promise<Void> drained = Promise.promise();
    private boolean accepting = true;
    private boolean deaf;
    private int open;
    private int cut;

    Flows(int open) {
      this.open = open;
    }

    void end(int count) {
      open -= count;
      completeIfDrained();
    }

    @Override
    public void stopAccepting() {
      accepting = false;
      completeIfDrained();
    }

    @Override
    public int openFlows() {
      return open;
    }

    @Override
    public void endOldest(int count) {
      if (!deaf) {
        cut += count;
        end(count);
      }
    }

    @Override
    public Future<Void> drained() {
      return drained.future();
    }

    private void completeIfDrained() {
      if (!accepting && open == 0) {
        drained.tryComplete();
      }
    }
  }
}
