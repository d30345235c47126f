package io.steelyard.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How scenario tests wait for a condition: looked at often, given up late. */
public final class Patience {

  private Patience() {}

  /** Give up after 20 s. */
  public static ConditionFactory await() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5));
  }
}
