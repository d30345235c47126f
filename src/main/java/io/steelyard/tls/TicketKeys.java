package io.steelyard.tls;

import io.netty.internal.tcnative.SessionTicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The keys that encrypt a listener's session tickets: the first encrypts, the others still decrypt.
 * Thread-safe.
 *
 * <p>Keys of our own are renewed after half a ticket's lifetime and dropped one and a half
 * lifetimes after their birth. This bounds the age of a TLS 1.3 ticket, which BoringSSL itself
 * would take for two days whatever lifetime it was given (SSL_DEFAULT_SESSION_PSK_DHE_TIMEOUT;
 * tcnative has no call for it), and no key lives longer than its tickets need. Keys of a file stay
 * until the file changes.
 */
final class TicketKeys {

  /** Name, HMAC and AES key of 16 bytes each: tcnative's SessionTicketKey. */
  static final int KEY_BYTES = 48;

  /** However long tickets live. */
  static final Duration LONGEST_PERIOD = Duration.ofHours(12);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Ring ring;
  private final Duration lifetime;
  private final long periodNanos;
  private final int kept;
  private final LongSupplier nanoTime;

  /**
   * Fresh keys.
   *
   * @param lifetime of a ticket
   * @param nanoTime {@link System#nanoTime} or a test's
   */
  TicketKeys(Duration lifetime, LongSupplier nanoTime) {
    this(new Ring(new Generation(0, nanoTime.getAsLong(), List.of(newKey()))), lifetime, nanoTime);
  }

  private TicketKeys(Ring ring, Duration lifetime, LongSupplier nanoTime) {
    this.ring = ring;
    this.lifetime = lifetime;
    if (ring.fixed) {
      periodNanos = Long.MAX_VALUE;
      kept = Integer.MAX_VALUE;
    } else {
      long half = Math.max(1, lifetime.toNanos() / 2);
      periodNanos = Math.min(half, LONGEST_PERIOD.toNanos());
      // A ticket made at the end of a period must outlive its lifetime.
      kept = Math.toIntExact((lifetime.toNanos() + periodNanos - 1) / periodNanos) + 1;
    }
    this.nanoTime = nanoTime;
  }

  /** Keys of a file, which are not renewed here. */
  static TicketKeys ofFile(List<byte[]> keys) {
    Ring ring = new Ring(new Generation(0, 0, List.copyOf(keys)), true);
    return new TicketKeys(ring, Duration.ZERO, () -> 0);
  }

  /**
   * The same keys, renewed by whichever is used, for tickets of that lifetime: what the next
   * revision of a listener uses, so that its clients still resume.
   */
  TicketKeys withLifetime(Duration other) {
    return ring.fixed || other.equals(lifetime) ? this : new TicketKeys(ring, other, nanoTime);
  }

  /** Whether they come from a file. */
  boolean areOfFile() {
    return ring.fixed;
  }

  /** The keys to use now, renewed where their time has come. */
  Generation current() {
    Generation now = ring.generation;
    if (ring.fixed || nanoTime.getAsLong() - now.bornNanos() < periodNanos) {
      return now;
    }
    return renewOverdue();
  }

  /**
   * Renews as often as time has run over periods, so that after a quiet night nothing old is left.
   */
  private Generation renewOverdue() {
    synchronized (ring) {
      long periods = (nanoTime.getAsLong() - ring.generation.bornNanos()) / periodNanos;
      for (long i = 0; i < Math.min(periods, kept); i++) {
        rotate();
      }
      return ring.generation;
    }
  }

  /** A new key that encrypts from now on; keys of a file stay. */
  void rotate() {
    if (ring.fixed) {
      return;
    }
    synchronized (ring) {
      Generation old = ring.generation;
      List<byte[]> keys = new ArrayList<>();
      keys.add(newKey());
      keys.addAll(old.keys());
      List<byte[]> last = keys.subList(0, Math.min(keys.size(), kept));
      ring.generation = new Generation(old.number() + 1, nanoTime.getAsLong(), List.copyOf(last));
    }
  }

  private static byte[] newKey() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return key;
  }

  /** What all revisions of a listener share. Written under its own lock. */
  private static final class Ring {
    private final boolean fixed;
    private volatile Generation generation;

    Ring(Generation first) {
      this(first, false);
    }

    Ring(Generation first, boolean fixed) {
      this.generation = first;
      this.fixed = fixed;
    }
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

  /** A native key of one of {@link #KEY_BYTES}: its name, its key for the MAC and that for AES. */
  static <K> K split(byte[] key, NativeKey<K> made) {
    int name = SessionTicketKey.NAME_SIZE;
    int hmac = name + SessionTicketKey.HMAC_KEY_SIZE;
    return made.of(
        Arrays.copyOfRange(key, 0, name),
        Arrays.copyOfRange(key, name, hmac),
        Arrays.copyOfRange(key, hmac, KEY_BYTES));
  }

  /** Makes a key as an engine's binding wants it. */
  interface NativeKey<K> {
    K of(byte[] name, byte[] hmacKey, byte[] aesKey);
  }
}
