package io.steelyard.listener;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * The listening sockets of all processes that are bound to one address and port, as Linux lists
 * them (proc_pid_net(5)).
 */
final class ReuseportGroup {

  private static final Path IPV4 = Path.of("/proc/net/tcp");
  private static final Path IPV6 = Path.of("/proc/net/tcp6");
  private static final String LISTENING = "0A";

  private ReuseportGroup() {}

  /**
   * How many there are. Reads files of the kernel: not for an event loop.
   *
   * @throws IOException where they cannot be read
   */
  static int size(InetSocketAddress address) throws IOException {
    byte[] ip = address.getAddress().getAddress();
    // Netty's sockets are IPv6 ones where the machine has it: IPv4 addresses are mapped, but for
    // the
    // wildcard, which becomes that of IPv6.
    byte[] bound = address.getAddress().isAnyLocalAddress() ? new byte[16] : inIpv6(ip);
    int mapped = count(IPV6, local(bound, address.getPort()));
    boolean isIpv4 = address.getAddress() instanceof Inet4Address;
    return mapped > 0 || !isIpv4 ? mapped : count(IPV4, local(ip, address.getPort()));
  }

  private static byte[] inIpv6(byte[] ip) {
    if (ip.length == 16) {
      return ip;
    }
    byte[] mapped = new byte[16];
    Arrays.fill(mapped, 10, 12, (byte) 0xff);
    System.arraycopy(ip, 0, mapped, 12, 4);
    return mapped;
  }

  /** Words of 32 bits as they stand in memory. */
  private static String local(byte[] ip, int port) {
    StringBuilder text = new StringBuilder();
    ByteBuffer words = ByteBuffer.wrap(ip).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      text.append(String.format(Locale.ROOT, "%08X", words.getInt()));
    }
    return text.append(String.format(Locale.ROOT, ":%04X", port)).toString();
  }

  private static int count(Path list, String local) throws IOException {
    if (!Files.exists(list)) {
      return 0;
    }
    int found = 0;
    try (BufferedReader lines = Files.newBufferedReader(list, StandardCharsets.US_ASCII)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.trim().split(" +", 5);
        // Those that listen come first; the others may be a hundred thousand.
        if (words.length < 4 || !words[3].equals(LISTENING)) {
          return found;
        }
        if (words[1].equals(local)) {
          found++;
        }
      }
    }
    return found;
  }
}
