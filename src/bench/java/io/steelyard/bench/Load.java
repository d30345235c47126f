package io.steelyard.bench;

import java.time.Duration;

/** One kind of work for a balancer; its own processor time does not count. */
interface Load {

  /** Works at the target until the window is over, and leaves nothing open. */
  Outcome run(Target target, Duration window);
}
