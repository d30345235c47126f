package io.steelyard.tls;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The keys that encrypt a listener's session tickets: the newest encrypts, the ones before it still
 * decrypt. Thread-safe.
 *
 * <p>A key is renewed after half a ticket's lifetime and dropped one and a half lifetimes after its
 * birth. This bounds the age of a TLS 1.3 ticket, which BoringSSL itself would take for two days
 * whatever lifetime it was given (SSL_DEFAULT_SESSION_PSK_DHE_TIMEOUT; tcnative has no call for
 * it), and no key lives longer than its tickets need.
 */
final class TicketKeys {

  /** Name, HMAC and AES key of 16 bytes each: tcnative's SessionTicketKey. */
  static final int KEY_BYTES = 48;

  /** However long tickets live. */
  static final Duration LONGEST_PERIOD = Duration.ofHours(12);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final long periodNanos;
  private final int kept;
  private final LongSupplier nanoTime;
  private volatile Generation generation;

  /**
   * Fresh keys.
   *
   * @param lifetime of a ticket
   * @param nanoTime {@link System#nanoTime} or a test's
   */
  TicketKeys(Duration lifetime, LongSupplier nanoTime) {
    long half = Math.max(1, lifetime.toNanos() / 2);
    this.periodNanos = Math.min(half, LONGEST_PERIOD.toNanos());
    // A ticket made at the end of a period must outlive its lifetime.
    this.kept = Math.toIntExact((lifetime.toNanos() + periodNanos - 1) / periodNanos) + 1;
    this.nanoTime = nanoTime;
    this.generation = new Generation(0, nanoTime.getAsLong(), List.of(newKey()));
  }

  /** The keys to use now, renewed where their time has come. */
  Generation current() {
    Generation now = generation;
    if (nanoTime.getAsLong() - now.bornNanos() < periodNanos) {
      return now;
    }
    return renewOverdue();
  }

  /**
   * Renews as often as time has run over periods, so that after a quiet night nothing old is left.
   */
  private synchronized Generation renewOverdue() {
    long periods = (nanoTime.getAsLong() - generation.bornNanos()) / periodNanos;
    for (long i = 0; i < Math.min(periods, kept); i++) {
      rotate();
    }
    return generation;
  }

  /** A new key that encrypts from now on. */
  synchronized Generation rotate() {
    List<byte[]> keys = new ArrayList<>();
    keys.add(newKey());
    keys.addAll(generation.keys());
    List<byte[]> last = keys.subList(0, Math.min(keys.size(), kept));
    generation = new Generation(generation.number() + 1, nanoTime.getAsLong(), List.copyOf(last));
    return generation;
  }

  /**
   * Takes over the keys of an earlier revision of the listener, so that its tickets are good for
   * this one.
   */
  synchronized void adopt(TicketKeys earlier) {
    Generation old = earlier.current();
    List<byte[]> last = old.keys().subList(0, Math.min(old.keys().size(), kept));
    generation = new Generation(generation.number() + 1, old.bornNanos(), List.copyOf(last));
  }

  private static byte[] newKey() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return key;
  }

  /**
   * Keys of one period.
   *
   * @param number grows by one each time the keys change
   * @param keys newest first, each of {@link #KEY_BYTES}
   */
  record Generation(int number, long bornNanos, List<byte[]> keys) {
    /** Never the keys. */
    @Override
    public String toString() {
      return "generation " + number + " of " + keys.size() + " ticket keys";
    }
  }
}
