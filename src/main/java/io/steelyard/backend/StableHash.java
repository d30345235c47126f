package io.steelyard.backend;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Hashes that mean the same on every machine, in every version: placements depend on them, so they
 * never change (a golden file watches). Not for keeping out an adversary who chooses his address:
 * one client address is one key, and whoever owns many lands on many backends.
 *
 * <p>Each 8-byte word, big-endian, is folded in by {@code h = mix(h ^ word)}; {@code mix} is David
 * Stafford's variant 13 of the MurmurHash3 64-bit finalizer, a bijection with full avalanche (as in
 * SplitMix64: Steele, Lea, Flood, OOPSLA 2014). Seeds keep IPv4, IPv6 and names apart.
 */
final class StableHash {

  private static final long IPV4_SEED = 0x9e3779b97f4a7c15L;
  private static final long IPV6_SEED = 0xc2b2ae3d27d4eb4fL;

  /** Odd, far from any bit pattern: 2^64 / golden ratio, the step of SplitMix64. */
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private StableHash() {}

  /** Of the address's bytes. No allocation for IPv4; one copy of 16 bytes for IPv6. */
  static long of(InetAddress address) {
    if (address instanceof Inet4Address) {
      // Documented: "a hash code for this IP address", which for IPv4 is the address itself; the
      // golden file would notice a JDK that thinks otherwise.
      return mix(IPV4_SEED ^ (address.hashCode() & 0xffffffffL));
    }
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return mix(mix(IPV6_SEED ^ bytes.getLong()) ^ bytes.getLong());
  }

  /** Of a name's UTF-8 bytes, the last word filled up with zeros, and its length. */
  static long of(String name, long seed) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer words = ByteBuffer.allocate((text.length + 7) / 8 * 8).put(text).rewind();
    long hash = mix(seed ^ text.length);
    while (words.hasRemaining()) {
      hash = mix(hash ^ words.getLong());
    }
    return hash;
  }

  /** The next value of a chain that starts at a hash. */
  static long next(long hash) {
    return mix(hash + STEP);
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
