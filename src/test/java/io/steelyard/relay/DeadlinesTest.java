package io.steelyard.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.steelyard.relay.Deadlines.Deadline;
import io.steelyard.testkit.Patience;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On a loop of its own; what is asserted is order and number, never time. */
class DeadlinesTest {

  private static final long SHORT = Duration.ofMillis(20).toNanos();
  private static final long LONGER = Duration.ofMillis(60).toNanos();
  private static final long NEVER = Duration.ofHours(1).toNanos();

  private final EventLoopGroup group = new DefaultEventLoopGroup(1);
  private final EventLoop loop = group.next();
  private final List<String> ran = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  private void onLoop(Runnable action) throws Exception {
    loop.submit(action).get(20, TimeUnit.SECONDS);
  }

  private Deadline in(long nanos, String name) {
    return Deadlines.of(loop).in(nanos, () -> ran.add(name));
  }

  private void awaitRan(String... names) {
    Patience.await().until(() -> ran.size() >= names.length);
    assertThat(ran).containsExactly(names);
  }

  @Test
  void deadlines_ofOneLength_runInTheOrderInWhichTheyWereSet() throws Exception {
    onLoop(
        () -> {
          in(SHORT, "first");
          in(SHORT, "second");
          in(SHORT, "third");
        });
    awaitRan("first", "second", "third");
  }

  @Test
  void deadlines_ofSeveralLengths_runWhenEachIsDue() throws Exception {
    onLoop(
        () -> {
          in(LONGER, "longer");
          in(NEVER, "never");
          in(SHORT, "short");
        });
    awaitRan("short", "longer");
  }

  @Test
  void cancel_firstMiddleAndLast_leavesTheOthers() throws Exception {
    onLoop(
        () -> {
          final Deadline first = in(SHORT, "first");
          in(SHORT, "second");
          final Deadline third = in(SHORT, "third");
          in(SHORT, "fourth");
          final Deadline fifth = in(SHORT, "fifth");
          first.cancel();
          third.cancel();
          fifth.cancel();
          third.cancel();
        });
    awaitRan("second", "fourth");
    onLoop(() -> in(SHORT, "later"));
    awaitRan("second", "fourth", "later");
  }

  @Test
  void deadline_setAfterTheFirstWasCancelled_runsThoughTheTimerWasTheFirsts() throws Exception {
    onLoop(() -> in(SHORT, "cancelled").cancel());
    onLoop(() -> in(SHORT, "kept"));
    awaitRan("kept");
  }

  @Test
  void cancel_byAnActionThatIsDueBefore_isHeeded() throws Exception {
    onLoop(
        () -> {
          Deadline[] next = new Deadline[1];
          Deadlines.of(loop)
              .in(
                  SHORT,
                  () -> {
                    ran.add("first");
                    next[0].cancel();
                  });
          next[0] = in(SHORT, "second");
          in(SHORT, "third");
        });
    awaitRan("first", "third");
  }

  @Test
  void action_setsItselfAgain_runsAgain() throws Exception {
    onLoop(() -> Deadlines.of(loop).in(SHORT, () -> again(3)));
    awaitRan("3", "2", "1");
  }

  private void again(int left) {
    ran.add(String.valueOf(left));
    if (left > 1) {
      Deadlines.of(loop).in(SHORT, () -> again(left - 1));
    }
  }

  @Test
  void action_throws_theOthersRunAllTheSame() throws Exception {
    onLoop(
        () -> {
          Deadlines.of(loop)
              .in(
                  SHORT,
                  () -> {
                    throw new IllegalArgumentException("an action's bug");
                  });
          in(SHORT, "second");
        });
    awaitRan("second");
  }

  @Test
  void lengths_nobodyUsesAnyMore_areForgotten() throws Exception {
    onLoop(
        () -> {
          for (int length = 1; length <= 50; length++) {
            in(SHORT + length, "cancelled").cancel();
          }
        });
    Patience.await()
        .until(
            () -> loop.submit(() -> Deadlines.of(loop).lengths()).get(20, TimeUnit.SECONDS) == 0);
    assertThat(ran).isEmpty();
  }

  @Test
  void deadlines_ofAnotherThread_areRefused() {
    assertThatIllegalStateException().isThrownBy(() -> Deadlines.of(loop));
  }
}
