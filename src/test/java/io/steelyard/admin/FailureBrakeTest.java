package io.steelyard.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureBrakeTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final FailureBrake brake = new FailureBrake(nanos::get);

  @Test
  void wait_afterNineFailures_isNone() {
    fail("a", FailureBrake.FREE_FAILURES - 1);

    assertThat(brake.wait("a")).isZero();
  }

  @Test
  void wait_fromTheTenthOn_doublesUpToFiveMinutes() {
    fail("a", FailureBrake.FREE_FAILURES);
    assertThat(brake.wait("a")).isEqualTo(Duration.ofSeconds(1));
    fail("a", 1);
    assertThat(brake.wait("a")).isEqualTo(Duration.ofSeconds(2));
    fail("a", 1000);
    assertThat(brake.wait("a")).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void wait_asTimePasses_getsLessAndEnds() {
    fail("a", FailureBrake.FREE_FAILURES + 2);
    pass(Duration.ofSeconds(3));
    assertThat(brake.wait("a")).isEqualTo(Duration.ofSeconds(1));
    pass(Duration.ofSeconds(1));
    assertThat(brake.wait("a")).isZero();
  }

  @Test
  void wait_ofAnotherSource_isNone() {
    fail("a", 100);

    assertThat(brake.wait("b")).isZero();
  }

  @Test
  void welcome_ofOneTokenAndSource_isOfNoOther() {
    brake.welcome("a", "token");

    assertThat(brake.isWelcome("a", "token")).isTrue();
    assertThat(brake.isWelcome("a", "other")).isFalse();
    assertThat(brake.isWelcome("b", "token")).isFalse();
  }

  @Test
  void quiet_forAQuarterOfAnHour_startsAnew() {
    fail("a", 100);
    pass(Duration.ofMinutes(15));

    assertThat(brake.wait("a")).isZero();
    fail("a", 1);
    assertThat(brake.wait("a")).isZero();
  }

  @Test
  void sources_howeverMany_takeBoundedMemory() {
    for (int i = 0; i < 3 * FailureBrake.MAX_SOURCES; i++) {
      brake.failed("source" + i);
    }

    assertThat(brake.sources()).isEqualTo(FailureBrake.MAX_SOURCES);
  }

  private void fail(String source, int times) {
    for (int i = 0; i < times; i++) {
      brake.failed(source);
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
