package io.steelyard.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A network: an address whose bits after the prefix are zero. A single address is a network of its
 * full length. An IPv4-mapped IPv6 network is the IPv4 network.
 *
 * @param address the network's first address
 * @param prefix 0–32 (IPv4) or 0–128 (IPv6)
 */
public record Cidr(InetAddress address, int prefix) {

  private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

  /**
   * RFC 4291 section 2.5.5.2: the IPv4 address is the last 32 of an IPv4-mapped address's 128 bits.
   */
  private static final int MAPPED_PREFIX = 96;

  public Cidr {
    if (prefix < 0 || prefix > bits(address)) {
      throw new IllegalArgumentException("prefix " + prefix + " of " + address);
    }
  }

  /**
   * The network that the text names, {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a lone address.
   * Absent where the text is anything else, or bits after the prefix are set ({@link #enclosing}
   * then names the network meant).
   */
  public static Optional<Cidr> parse(String text) {
    return read(text).filter(cidr -> cidr.equals(cidr.network()));
  }

  /**
   * The network around an address that is written with a prefix, whether or not bits after the
   * prefix are set.
   */
  public static Optional<Cidr> enclosing(String text) {
    return read(text).map(Cidr::network);
  }

  /**
   * Whether the address lies in the network. For tools and tests; the data path has a faster
   * look-up.
   */
  public boolean contains(InetAddress other) {
    return bits(other) == bits(address) && new Cidr(other, prefix).network().equals(network());
  }

  private static Optional<Cidr> read(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    Optional<InetAddress> parsed = IpLiteral.parse(literal);
    if (parsed.isEmpty()) {
      return Optional.empty();
    }
    InetAddress address = parsed.get();
    if (slash < 0) {
      return Optional.of(new Cidr(address, bits(address)));
    }
    String length = text.substring(slash + 1);
    if (!PREFIX.matcher(length).matches()) {
      return Optional.empty();
    }
    boolean mapped = bits(address) == Integer.SIZE && literal.indexOf(':') >= 0;
    int prefix = Integer.parseInt(length) - (mapped ? MAPPED_PREFIX : 0);
    return prefix < 0 || prefix > bits(address)
        ? Optional.empty()
        : Optional.of(new Cidr(address, prefix));
  }

  private Cidr network() {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(prefix - 8L * i, 0, 8);
      bytes[i] &= (byte) (0xff00 >> kept);
    }
    try {
      return new Cidr(InetAddress.getByAddress(bytes), prefix);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("length " + bytes.length, impossible);
    }
  }

  private static int bits(InetAddress address) {
    return address.getAddress().length * 8;
  }

  /** Canonical text, {@code 192.0.2.0/24}. */
  @Override
  public String toString() {
    return IpLiteral.text(address) + "/" + prefix;
  }
}
