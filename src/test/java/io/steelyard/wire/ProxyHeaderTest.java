package io.steelyard.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Tlv;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Version;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProxyHeaderTest {

  private static final byte[] NOTHING = {};
  private static final Set<Tlv> ALL = EnumSet.allOf(Tlv.class);
  private static final ProxyHeader.Tls TLS =
      new ProxyHeader.Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", true, "ann", new byte[] {1, 2, 3});

  private static InetSocketAddress at(String ip, int port) {
    return new InetSocketAddress(ip, port);
  }

  private static ProxyHeader plain(String source, String destination) {
    return new ProxyHeader(
        false, at(source, 56324), at(destination, 443), "", "", NOTHING, Optional.empty());
  }

  private static ProxyHeader full(Optional<ProxyHeader.Tls> tls) {
    return new ProxyHeader(
        false,
        at("192.0.2.1", 56324),
        at("198.51.100.7", 443),
        "h2",
        "shop.example",
        new byte[] {9, 8, 7},
        tls);
  }

  private static final ProxyHeader PROBE =
      new ProxyHeader(
          true, at("192.0.2.1", 1), at("192.0.2.2", 2), "h2", "x", NOTHING, Optional.of(TLS));

  private static byte[] encode(ProxyHeader header, Version version, Set<Tlv> tlvs) {
    ByteBuf out = header.encode(PooledByteBufAllocator.DEFAULT, new ProxyProtocol(version, tlvs));
    try {
      return ByteBufUtil.getBytes(out);
    } finally {
      out.release();
    }
  }

  /** What Netty's decoder makes of it. */
  private static void decode(byte[] header, Consumer<HAProxyMessage> check) {
    EmbeddedChannel channel = new EmbeddedChannel(new HAProxyMessageDecoder());
    channel.writeInbound(Unpooled.wrappedBuffer(header));
    HAProxyMessage message = channel.readInbound();
    try {
      check.accept(message);
    } finally {
      message.release();
      channel.finishAndReleaseAll();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 198.51.100.7, PROXY TCP4 192.0.2.1 198.51.100.7 56324 443",
    "2001:db8::1, ::1, PROXY TCP6 2001:db8:0:0:0:0:0:1 0:0:0:0:0:0:0:1 56324 443",
    "192.0.2.1, 2001:db8::1, PROXY TCP6 ::ffff:192.0.2.1 2001:db8:0:0:0:0:0:1 56324 443",
    "fe80::1%1, ::1, PROXY TCP6 fe80:0:0:0:0:0:0:1 0:0:0:0:0:0:0:1 56324 443"
  })
  void v1_addresses_asText(String source, String destination, String line) {
    byte[] encoded = encode(plain(source, destination), Version.V1, Set.of());
    assertThat(new String(encoded, StandardCharsets.US_ASCII)).isEqualTo(line + "\r\n");
    decode(
        encoded,
        message -> {
          assertThat(message.protocolVersion()).isEqualTo(HAProxyProtocolVersion.V1);
          assertThat(message.sourcePort()).isEqualTo(56324);
          assertThat(message.destinationPort()).isEqualTo(443);
        });
  }

  @Test
  void v1_local_unknown() {
    assertThat(encode(PROBE, Version.V1, Set.of()))
        .isEqualTo("PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void v1_longestLine_fits() {
    String longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    ProxyHeader header =
        new ProxyHeader(
            false, at(longest, 65535), at(longest, 65535), "", "", NOTHING, Optional.empty());
    assertThat(encode(header, Version.V1, Set.of())).hasSize(104);
  }

  @Test
  void v2_ipv4_byteForByte() {
    assertThat(encode(plain("192.0.2.1", "198.51.100.7"), Version.V2, Set.of()))
        .asHexString()
        .isEqualTo("0D0A0D0A000D0A515549540A" + "2111000C" + "C0000201" + "C6336407" + "DC0401BB");
  }

  @Test
  void v2_mixedFamilies_mappedToIpv6() {
    assertThat(encode(plain("192.0.2.1", "2001:db8::7"), Version.V2, Set.of()))
        .asHexString()
        .isEqualTo(
            "0D0A0D0A000D0A515549540A"
                + "21210024"
                + "00000000000000000000FFFFC0000201"
                + "20010DB8000000000000000000000007"
                + "DC0401BB");
  }

  @Test
  void v2_local_nothingFollows() {
    assertThat(encode(PROBE, Version.V2, ALL))
        .asHexString()
        .isEqualTo("0D0A0D0A000D0A515549540A" + "20000000");
  }

  @Test
  void v2_tlvs_byteForByte() {
    byte[] encoded = encode(full(Optional.of(TLS)), Version.V2, ALL);
    byte[] withoutChecksum = encoded.clone();
    Arrays.fill(withoutChecksum, 31, 35, (byte) 0);
    assertThat(withoutChecksum)
        .asHexString()
        .isEqualTo(
            "0D0A0D0A000D0A515549540A"
                + "21110064"
                + "C0000201C6336407DC0401BB"
                + "03000400000000"
                + "0100026832"
                + "02000C73686F702E6578616D706C65"
                + "050003090807"
                + "200034"
                + "07"
                + "00000000"
                + "210007544C5376312E33"
                + "230016544C535F4145535F3132385F47434D5F534841323536"
                + "220003616E6E"
                + "280003010203");
    CRC32C crc = new CRC32C();
    crc.update(withoutChecksum);
    assertThat(Unpooled.wrappedBuffer(encoded).getUnsignedInt(31)).isEqualTo(crc.getValue());
  }

  @Test
  void v2_tlvs_readByNetty() {
    decode(
        encode(full(Optional.of(TLS)), Version.V2, ALL),
        message -> {
          assertThat(message.command()).isEqualTo(HAProxyCommand.PROXY);
          assertThat(message.proxiedProtocol()).isEqualTo(HAProxyProxiedProtocol.TCP4);
          assertThat(message.sourceAddress()).isEqualTo("192.0.2.1");
          assertThat(message.destinationAddress()).isEqualTo("198.51.100.7");
          assertThat(types(message.tlvs())).startsWith(0x03, 0x01, 0x02, 0x05, 0x20);
          HAProxySSLTLV ssl = (HAProxySSLTLV) message.tlvs().get(4);
          assertThat(ssl.verify()).isZero();
          assertThat(ssl.isPP2ClientCertConn()).isTrue();
          assertThat(types(ssl.encapsulatedTLVs())).containsExactly(0x21, 0x23, 0x22, 0x28);
        });
  }

  private static List<Integer> types(List<HAProxyTLV> tlvs) {
    return tlvs.stream().map(tlv -> (int) tlv.typeByteValue()).toList();
  }

  @Test
  void v2_tlvs_onlyThoseAskedForAndThere() {
    Set<Tlv> asked = Set.of(Tlv.ALPN, Tlv.AUTHORITY, Tlv.SSL, Tlv.UNIQUE_ID);
    assertThat(encode(plain("192.0.2.1", "192.0.2.2"), Version.V2, asked)).hasSize(28);
    assertThat(encode(full(Optional.of(TLS)), Version.V2, Set.of(Tlv.ALPN))).hasSize(28 + 5);
    decode(
        encode(full(Optional.of(TLS)), Version.V2, Set.of(Tlv.SSL)),
        message ->
            assertThat(types(((HAProxySSLTLV) message.tlvs().get(0)).encapsulatedTLVs()))
                .containsExactly(0x21, 0x23, 0x22));
  }

  @ParameterizedTest
  @CsvSource({"true, 1, 7, 0", "false, 1, 5, 0", "false, 0, 1, 1"})
  void v2_clientBits_fromHandshakeOrSession(boolean seen, int bytes, int bits, int verify) {
    ProxyHeader.Tls tls = new ProxyHeader.Tls("TLSv1.2", "X", seen, "", new byte[bytes]);
    decode(
        encode(full(Optional.of(tls)), Version.V2, Set.of(Tlv.SSL)),
        message -> {
          HAProxySSLTLV ssl = (HAProxySSLTLV) message.tlvs().get(0);
          assertThat(ssl.client()).isEqualTo((byte) bits);
          assertThat(ssl.verify()).isEqualTo(verify);
        });
  }

  @Test
  void v2_certificateTooLarge_leftOutAlone() {
    int room = 65_535 - 12 - 7 - 5 - 15 - 6 - 8 - 10 - 25 - 6 - 3;
    assertThat(encode(withCertificate(room), Version.V2, ALL)).hasSize(16 + 65_535);
    byte[] without = encode(withCertificate(room + 1), Version.V2, ALL);
    assertThat(without).hasSize(16 + 65_535 - room - 3);
    decode(without, message -> assertThat(types(message.tlvs())).endsWith(0x21, 0x23, 0x22));
  }

  private static ProxyHeader withCertificate(int bytes) {
    return full(
        Optional.of(
            new ProxyHeader.Tls(
                "TLSv1.3", "TLS_AES_128_GCM_SHA256", true, "ann", new byte[bytes])));
  }

  @Test
  void v2_everythingTooLarge_staysWithinTheLimit() {
    ProxyHeader header =
        new ProxyHeader(
            false,
            at("::1", 1),
            at("::2", 2),
            "a".repeat(30_000),
            "b".repeat(40_000),
            new byte[128],
            Optional.of(new ProxyHeader.Tls("v", "c".repeat(40_000), true, "n", new byte[40_000])));
    byte[] encoded = encode(header, Version.V2, ALL);
    assertThat(encoded.length).isLessThanOrEqualTo(16 + 65_535);
    decode(encoded, message -> assertThat(types(message.tlvs())).contains(0x03, 0x01, 0x05, 0x20));
  }

  @Test
  void v2_heapBuffer_sameBytes() {
    ByteBuf heap =
        full(Optional.of(TLS))
            .encode(new UnpooledByteBufAllocator(false), new ProxyProtocol(Version.V2, ALL));
    assertThat(ByteBufUtil.getBytes(heap))
        .isEqualTo(encode(full(Optional.of(TLS)), Version.V2, ALL));
    heap.release();
  }

  @Test
  void uniqueId_tooLong_rejected() {
    assertThatThrownBy(
            () ->
                new ProxyHeader(
                    false, at("::1", 1), at("::1", 1), "", "", new byte[129], Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void equality_arrays_byContent() {
    ProxyHeader.Tls same =
        new ProxyHeader.Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", true, "ann", new byte[] {1, 2, 3});
    assertThat(full(Optional.of(same)))
        .isEqualTo(full(Optional.of(TLS)))
        .hasSameHashCodeAs(full(Optional.of(TLS)))
        .isNotEqualTo(full(Optional.empty()));
  }
}
