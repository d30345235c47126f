package io.steelyard.health;

import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Says once that probes cannot be carried out because this machine is short of descriptors or
 * ports, and again only after a while without: during a shortage every backend's probe meets it.
 * One per group, on the checker's context.
 */
final class ShortageLog {

  private static final Logger LOG = Logger.getLogger(HealthChecker.class);
  private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

  private long lastNanos = System.nanoTime() - QUIET_NANOS;

  void skipped(String group, ProbeOutcome outcome) {
    long now = System.nanoTime();
    if (now - lastNanos >= QUIET_NANOS) {
      LOG.warnf(
          "health probes skipped group=%s reason=%s text=\"%s\"",
          group, outcome.reason().label(), outcome.text());
    }
    lastNanos = now;
  }
}
