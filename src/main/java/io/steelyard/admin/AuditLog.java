package io.steelyard.admin;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Who changed, or tried to change, what: one line each, category {@code io.steelyard.audit}.
 * Thread-safe by its own lock.
 */
final class AuditLog {

  private static final Logger LOG = Logger.getLogger("io.steelyard.audit");

  /** Enough to see an attack, too few to fill a disk with it. */
  private static final int DENIED_PER_WINDOW = 20;

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MAX_PATH = 200;
  private static final Pattern TOKEN = Pattern.compile("steelyard_[A-Za-z0-9_-]*");
  private static final Pattern UNSAFE = Pattern.compile("[^\\x21-\\x7e]");

  private final LongSupplier nanoTime;
  private long windowStartNanos;
  private int denied;
  private long unwritten;

  AuditLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.windowStartNanos = nanoTime.getAsLong();
  }

  /** A change was asked for by somebody who may; the reply tells what became of it. */
  void asked(String method, String path, Caller caller, String source, Reply reply) {
    LOG.infof(
        "method=%s path=%s who=%s role=%s source=%s status=%d%s",
        method,
        shown(path),
        caller.name(),
        caller.role().label(),
        source,
        reply.status(),
        reply.note().isEmpty() ? "" : " " + reply.note());
  }

  /** Somebody was turned away. */
  void denied(String method, String path, String who, String source, ApiProblem why) {
    long suppressed;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      if (now - windowStartNanos >= WINDOW.toNanos()) {
        windowStartNanos = now;
        denied = 0;
      }
      if (++denied > DENIED_PER_WINDOW) {
        unwritten++;
        return;
      }
      suppressed = unwritten;
      unwritten = 0;
    }
    LOG.warnf(
        "denied method=%s path=%s who=%s source=%s status=%d reason=%s%s",
        shown(method),
        shown(path),
        who,
        source,
        why.status(),
        why.code(),
        suppressed == 0 ? "" : " denied-before-unwritten=" + suppressed);
  }

  /** One word on one line, and never a token that somebody pasted into an address. */
  private static String shown(String path) {
    String safe = UNSAFE.matcher(TOKEN.matcher(path).replaceAll("steelyard_*")).replaceAll("?");
    return safe.length() <= MAX_PATH ? safe : safe.substring(0, MAX_PATH) + "...";
  }
}
