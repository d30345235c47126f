package io.steelyard.control;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;

/**
 * Takes nothing new, lets the old finish, closes the rest spread over the end. Confined to the
 * timer's callbacks and the one call of {@link #begin}.
 */
final class Drain {

  /* In the closing window each listener may keep, at every step, the share of its flows that the rest of the window is
   * of the whole, rounded up: with three flows one goes after each third. Flows that end of themselves count towards it,
   * so that nobody is cut to keep a pace that is kept already. */

  /**
   * Fine enough that a hundred thousand flows go in small steps, coarse enough that closed flows
   * have been counted.
   */
  private static final Duration STEP = Duration.ofMillis(100);

  private final List<Drainable> targets;
  private final DrainTimes times;
  private final Timer timer;
  private final Promise<Void> done = Promise.promise();
  private final int[] openAtStart;
  private long closingStartNanos;

  Drain(List<? extends Drainable> targets, DrainTimes times, Timer timer) {
    this.targets = List.copyOf(targets);
    this.times = times;
    this.timer = timer;
    this.openAtStart = new int[targets.size()];
  }

  /** Begins after the delay; the future completes as soon as the last flow has ended. */
  Future<Void> begin() {
    if (times.delay().isZero()) {
      stopAccepting();
    } else {
      timer.after(times.delay(), this::stopAccepting);
    }
    return done.future();
  }

  private void stopAccepting() {
    targets.forEach(Drainable::stopAccepting);
    Future.all(targets.stream().map(Drainable::drained).toList())
        .onComplete(all -> done.tryComplete());
    if (times.quiet().isZero()) {
      startClosing();
    } else {
      timer.after(times.quiet(), this::startClosing);
    }
  }

  private void startClosing() {
    closingStartNanos = timer.nanoTime();
    for (int i = 0; i < targets.size(); i++) {
      openAtStart[i] = targets.get(i).openFlows();
    }
    step();
  }

  private void step() {
    if (done.future().isComplete()) {
      return;
    }
    long sinceNanos = timer.nanoTime() - closingStartNanos;
    for (int i = 0; i < targets.size(); i++) {
      Drainable target = targets.get(i);
      int tooMany = target.openFlows() - times.mayStay(openAtStart[i], sinceNanos);
      if (tooMany > 0) {
        target.endOldest(tooMany);
      }
    }
    // Goes on past the deadline: a flow that was connecting when it was told to end is told again.
    timer.after(STEP, this::step);
  }
}
