package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strictness and canonical form of networks and literals. */
class CidrTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.0/24",
    "192.0.2.7, 192.0.2.7/32",
    "0.0.0.0/0, 0.0.0.0/0",
    "::/0, ::/0",
    "2001:DB8::/32, 2001:db8::/32",
    "2001:db8:0:0:1::, 2001:db8:0:0:1::/128",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1/128",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7/128",
    "::ffff:10.0.0.0/104, 10.0.0.0/8",
    "::ffff:10.1.2.3, 10.1.2.3/32",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221/128"
  })
  void parse_networkOrAddress_isCanonical(String text, String canonical) {
    assertThat(Cidr.parse(text)).map(Cidr::toString).contains(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "localhost",
        "example.com/24",
        "10.0.0",
        "10",
        "010.0.0.1",
        "10.0.0.256",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/",
        "10.0.0.0/8/8",
        "10.0.0.1/8",
        "2001:db8::1/32",
        "::/129",
        "[::1]",
        "fe80::1%eth0",
        ":::",
        "::1::",
        "1:2:3:4:5:6:7",
        "::ffff:10.0.0.0/90",
        "::ffff:010.0.0.1",
        "::1.2.3",
        " 10.0.0.1",
        "10.0.0.1 ",
        "12345::",
        "٣.0.0.0"
      })
  void parse_anythingElse_isAbsent(String text) {
    assertThat(Cidr.parse(text)).isEmpty();
  }

  @Test
  void enclosing_hostBitsSet_namesTheNetwork() {
    assertThat(Cidr.enclosing("10.1.2.3/12")).map(Cidr::toString).contains("10.0.0.0/12");
    assertThat(Cidr.enclosing("2001:db8:ffff::/33"))
        .map(Cidr::toString)
        .contains("2001:db8:8000::/33");
  }

  @Test
  void contains_addresses_asThePrefixSays() {
    Cidr network = Cidr.parse("10.16.0.0/12").orElseThrow();
    assertThat(network.contains(IpLiteral.parse("10.31.255.255").orElseThrow())).isTrue();
    assertThat(network.contains(IpLiteral.parse("10.32.0.0").orElseThrow())).isFalse();
    assertThat(network.contains(IpLiteral.parse("::1").orElseThrow())).isFalse();
  }
}
