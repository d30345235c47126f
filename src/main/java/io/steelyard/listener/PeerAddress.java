package io.steelyard.listener;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Addresses as they are counted, matched, hashed and logged: IPv4 clients of an IPv6 socket are
 * IPv4.
 */
final class PeerAddress {

  private static final int MAPPED_PREFIX_BYTES = 12;

  private PeerAddress() {}

  /**
   * The same address, an IPv4-mapped one ({@code ::ffff:a.b.c.d}, RFC 4291 §2.5.5.2) turned into
   * IPv4.
   */
  static InetSocketAddress unmapped(InetSocketAddress address) {
    if (!(address.getAddress() instanceof Inet6Address v6)) {
      return address;
    }
    byte[] bytes = v6.getAddress();
    if (!isMapped(bytes)) {
      return address;
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(Arrays.copyOfRange(bytes, MAPPED_PREFIX_BYTES, bytes.length)),
          address.getPort());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static boolean isMapped(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
  }
}
