package io.steelyard.admin;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Slows down whoever presents wrong credentials again and again, by source address. While a source
 * is made to wait, nothing it presents is looked at, or waiting would cost a guesser nothing; other
 * sources are not concerned. Thread-safe by its own lock.
 */
final class FailureBrake {

  /** As many wrong tokens as a person with a stale one may send before noticing. */
  static final int FREE_FAILURES = 10;

  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** A source that has been quiet this long starts anew. */
  private static final Duration MEMORY = Duration.ofMinutes(15);

  /** Bounds the memory: the source that failed longest ago goes first. */
  static final int MAX_SOURCES = 4096;

  /** Bounds the memory: the token that was right longest ago goes first. */
  static final int MAX_WELCOME = 4096;

  private final LongSupplier nanoTime;

  /* Whoever shares an address with a guesser (a translated one, or this machine's own) must not be locked out by him:
   * a token that was right from there before is looked at all the same. A right one does not excuse the wrong ones. */
  private final Map<Welcome, Boolean> welcome =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Welcome, Boolean> eldest) {
          return size() > MAX_WELCOME;
        }
      };

  private final Map<String, Failures> bySource =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
          return size() > MAX_SOURCES;
        }
      };

  FailureBrake(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How long the source has to wait before anything it presents is looked at; zero: not at all. */
  synchronized Duration wait(String source) {
    Failures failures = bySource.get(source);
    if (failures == null) {
      return Duration.ZERO;
    }
    long sinceNanos = nanoTime.getAsLong() - failures.lastNanos();
    if (sinceNanos >= MEMORY.toNanos()) {
      bySource.remove(source);
      return Duration.ZERO;
    }
    long leftNanos = pause(failures.count()).toNanos() - sinceNanos;
    return leftNanos > 0 ? Duration.ofNanos(leftNanos) : Duration.ZERO;
  }

  /** From the tenth failure on each doubles the pause: 1, 2, 4 s and so on. */
  private static Duration pause(int failures) {
    if (failures < FREE_FAILURES) {
      return Duration.ZERO;
    }
    long seconds = 1L << Math.min(failures - FREE_FAILURES, 30);
    return Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds()));
  }

  /** It presented a wrong one. */
  synchronized void failed(String source) {
    Failures before = bySource.get(source);
    int count = before == null ? 1 : before.count() + 1;
    bySource.put(source, new Failures(count, nanoTime.getAsLong()));
  }

  /**
   * It presented a right one.
   *
   * @param digest of it
   */
  synchronized void welcome(String source, String digest) {
    welcome.put(new Welcome(source, digest), true);
  }

  /** Whether that one was right from there before. */
  synchronized boolean isWelcome(String source, String digest) {
    return welcome.get(new Welcome(source, digest)) != null;
  }

  synchronized int sources() {
    return bySource.size();
  }

  private record Welcome(String source, String digest) {}

  private record Failures(int count, long lastNanos) {}
}
