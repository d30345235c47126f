package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Cidr;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.AccessConfig.Mode;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.config.Problems;
import io.steelyard.config.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessListTest {

  private static AccessList allowing(String... networks) {
    return new AccessList(Mode.ALLOW, cidrs(networks));
  }

  private static List<Cidr> cidrs(String... networks) {
    List<Cidr> list = new ArrayList<>();
    for (String network : networks) {
      list.add(Cidr.parse(network).orElseThrow());
    }
    return list;
  }

  private static InetAddress ip(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0, true",
    "192.0.2.255, true",
    "192.0.1.255, false",
    "192.0.3.0, false",
    "255.255.255.255, true",
    "255.255.255.254, false",
    "0.0.0.0, true",
    "0.0.0.1, false",
    "2001:db8::, true",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, true",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff, false",
    "2001:db9::, false",
    "fe80::1, true",
    "fe80::2, false",
    "fe80::, false",
    "::ffff:192.0.2.7, true"
  })
  void permits_edges_exact(String client, boolean allowed) {
    AccessList list =
        allowing("192.0.2.0/24", "255.255.255.255", "0.0.0.0", "2001:db8::/32", "fe80::1");
    assertThat(list.permits(ip(client))).isEqualTo(allowed);
  }

  @Test
  void permits_denyMode_allButThem() {
    AccessList list = new AccessList(Mode.DENY, cidrs("192.0.2.0/24"));
    assertThat(list.permits(ip("192.0.2.1"))).isFalse();
    assertThat(list.permits(ip("192.0.3.1"))).isTrue();
    assertThat(list.permits(ip("::1"))).isTrue();
  }

  @Test
  void permits_noNetworks_nobodyOrEverybody() {
    assertThat(allowing().permits(ip("192.0.2.1"))).isFalse();
    assertThat(allowing().permits(ip("::1"))).isFalse();
    assertThat(AccessList.ALL.permits(ip("192.0.2.1"))).isTrue();
    assertThat(AccessList.ALL.permits(ip("::1"))).isTrue();
  }

  @Test
  void permits_wholeFamily_notTheOther() {
    assertThat(allowing("0.0.0.0/0").permits(ip("203.0.113.1"))).isTrue();
    assertThat(allowing("0.0.0.0/0").permits(ip("2001:db8::1"))).isFalse();
    assertThat(allowing("::/0").permits(ip("ffff::1"))).isTrue();
    assertThat(allowing("::/0").permits(ip("203.0.113.1"))).isFalse();
  }

  @Test
  void permits_nestedNetworks_outerCounts() {
    AccessList list = allowing("10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "10.0.0.0/8", "11.0.0.0");
    assertThat(list.permits(ip("10.1.2.3"))).isTrue();
    assertThat(list.permits(ip("10.200.0.1"))).isTrue();
    assertThat(list.permits(ip("11.0.0.0"))).isTrue();
    assertThat(list.permits(ip("11.0.0.1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 16})
  void permits_randomNetworks_asTheNaiveModel(int bytes) {
    Random random = new Random(bytes);
    for (int round = 0; round < 200; round++) {
      List<Cidr> networks = new ArrayList<>();
      for (int i = random.nextInt(30); i >= 0; i--) {
        networks.add(network(near(random, bytes), random.nextInt(bytes * 8 + 1)));
      }
      AccessList list = new AccessList(Mode.ALLOW, networks);
      for (int i = 0; i < 200; i++) {
        InetAddress client = near(random, bytes);
        boolean expected = networks.stream().anyMatch(network -> network.contains(client));
        assertThat(list.permits(client)).as("%s in %s", client, networks).isEqualTo(expected);
      }
    }
  }

  /** Addresses with few distinct bytes, the sign bits among them, so that they meet and nest. */
  private static InetAddress near(Random random, int bytes) {
    byte[] address = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      address[i] = (byte) (random.nextInt(3) == 0 ? new int[] {1, 0x7f, 0x80, 0xff}[i & 3] : 0);
    }
    address[0] |= (byte) (random.nextBoolean() ? 0x80 : 0x20);
    return of(address);
  }

  private static InetAddress of(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Cidr network(InetAddress address, int prefix) {
    return Cidr.enclosing(address.getHostAddress() + "/" + prefix).orElseThrow();
  }

  @Test
  void permits_hundredThousandNetworks_anyOrder_exact() {
    Random random = new Random(9);
    List<Cidr> networks = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      networks.add(new Cidr(of(new byte[] {(byte) (i >> 8), (byte) i, 2, 0}), 24));
      byte[] six = new byte[16];
      six[0] = (byte) (i >> 8);
      six[7] = (byte) i;
      networks.add(new Cidr(of(six), 64));
    }
    Collections.shuffle(networks, random);
    AccessList list = new AccessList(Mode.ALLOW, networks);
    for (int i = 0; i < 65_536; i++) {
      boolean expected = i < 50_000;
      assertThat(list.permits(of(new byte[] {(byte) (i >> 8), (byte) i, 2, 77})))
          .isEqualTo(expected);
      assertThat(list.permits(of(new byte[] {(byte) (i >> 8), (byte) i, 3, 0}))).isFalse();
      byte[] six = new byte[16];
      six[0] = (byte) (i >> 8);
      six[7] = (byte) i;
      six[15] = 1;
      assertThat(list.permits(of(six))).isEqualTo(expected);
      six[6] = 1;
      assertThat(list.permits(of(six))).isFalse();
    }
  }

  @Test
  void prepare_groupsAndFile_joined(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("office.txt");
    Files.writeString(file, "# the office\n198.51.100.0/24\n");
    Problems problems = new Problems("steelyard.yaml");
    BalancerDocument document =
        document(
            new IpGroupConfig("a", List.of("192.0.2.0/24"), Optional.of(file)),
            new IpGroupConfig("b", List.of("::1"), Optional.empty()));
    AccessList list = AccessList.prepare(asking("a", "b"), document, problems).orElseThrow();
    assertThat(problems.all()).isEmpty();
    assertThat(list.permits(ip("192.0.2.1"))).isTrue();
    assertThat(list.permits(ip("198.51.100.1"))).isTrue();
    assertThat(list.permits(ip("::1"))).isTrue();
    assertThat(list.permits(ip("203.0.113.1"))).isFalse();
  }

  @Test
  void prepare_groupBrokenOrMissing_emptyNeverOpen(@TempDir Path directory) {
    Problems problems = new Problems("steelyard.yaml");
    BalancerDocument document =
        document(
            new IpGroupConfig("gone", List.of(), Optional.of(directory.resolve("none.txt"))),
            new IpGroupConfig("fine", List.of("192.0.2.0/24"), Optional.empty()));
    assertThat(AccessList.prepare(asking("fine", "gone"), document, problems)).isEmpty();
    assertThat(problems.hasErrors()).isTrue();
    assertThat(AccessList.prepare(asking("fine", "unheard-of"), document, problems)).isEmpty();
    assertThat(AccessList.prepare(asking("fine"), document, problems)).isPresent();
  }

  private static BalancerDocument document(IpGroupConfig... groups) {
    return new BalancerDocument(List.of(), List.of(groups), List.of(), List.of());
  }

  private static ListenerConfig asking(String... groups) {
    return new ListenerConfig(
        "web",
        "",
        Map.of(),
        Protocol.TCP,
        ListenerConfig.DEFAULT_ADDRESS,
        8443,
        true,
        Optional.empty(),
        ListenerConfig.DEFAULT_IDLE_TIMEOUT,
        ListenerConfig.DEFAULT_HANDSHAKE_TIMEOUT,
        ListenerConfig.DEFAULT_HALF_CLOSE_TIMEOUT,
        0,
        Optional.empty(),
        OnLimit.RESET,
        Optional.of(new AccessConfig(Mode.ALLOW, List.of(groups))),
        Optional.empty(),
        List.of());
  }
}
