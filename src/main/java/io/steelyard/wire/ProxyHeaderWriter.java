package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Tlv;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32C;

/** The bytes of a {@link ProxyHeader}, after HAProxy's proxy-protocol.txt §2.1 and §2.2. */
final class ProxyHeaderWriter {

  /** "The 108-byte buffer is always enough" for a version 1 line (§2.1). */
  private static final int V1_BYTES = 108;

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int UNSPEC = 0x00;
  private static final int TCP_OVER_IPV4 = 0x11;
  private static final int TCP_OVER_IPV6 = 0x21;

  private static final int TYPE_ALPN = 0x01;
  private static final int TYPE_AUTHORITY = 0x02;
  private static final int TYPE_CRC32C = 0x03;
  private static final int TYPE_UNIQUE_ID = 0x05;
  private static final int TYPE_SSL = 0x20;
  private static final int SUBTYPE_SSL_VERSION = 0x21;
  private static final int SUBTYPE_SSL_CN = 0x22;
  private static final int SUBTYPE_SSL_CIPHER = 0x23;

  /**
   * The client's certificate in DER. Newer than the older copies of the specification; written and
   * read under this number by ghostunnel and go-proxyproto. Receivers ignore types they do not
   * know.
   */
  private static final int SUBTYPE_SSL_CLIENT_CERT = 0x28;

  private static final int CLIENT_SSL = 0x01;
  private static final int CLIENT_CERT_CONN = 0x02;
  private static final int CLIENT_CERT_SESS = 0x04;
  private static final int VERIFIED = 0;
  private static final int NOT_VERIFIED = 1;

  private static final int TLV_HEADER_BYTES = 3;
  private static final int FIXED_BYTES = 16;
  private static final int LENGTH_INDEX = 14;
  private static final int MAX_BYTES = FIXED_BYTES + 0xffff;
  private static final int USUAL_BYTES = 256;

  private final ByteBuf out;

  private ProxyHeaderWriter(ByteBuf out) {
    this.out = out;
  }

  static ByteBuf v1(ByteBufAllocator allocator, ProxyHeader header) {
    ByteBuf out = allocator.buffer(V1_BYTES, V1_BYTES);
    out.writeCharSequence(line(header), StandardCharsets.US_ASCII);
    return out;
  }

  private static String line(ProxyHeader header) {
    if (namesNobody(header)) {
      return "PROXY UNKNOWN\r\n";
    }
    InetSocketAddress source = header.source();
    InetSocketAddress destination = header.destination();
    boolean ipv4 = isIpv4(source) && isIpv4(destination);
    return String.join(
        " ",
        "PROXY",
        ipv4 ? "TCP4" : "TCP6",
        text(source.getAddress(), ipv4),
        text(destination.getAddress(), ipv4),
        Integer.toString(source.getPort()),
        destination.getPort() + "\r\n");
  }

  private static String text(InetAddress address, boolean ipv4) {
    String text = address.getHostAddress();
    if (address instanceof Inet4Address) {
      return ipv4 ? text : "::ffff:" + text;
    }
    int scope =
        text.indexOf('%'); // of our own machine: says nothing to the backend, and breaks its parser
    return scope < 0 ? text : text.substring(0, scope);
  }

  static ByteBuf v2(ByteBufAllocator allocator, ProxyHeader header, Set<Tlv> tlvs) {
    ByteBuf out = allocator.buffer(USUAL_BYTES, MAX_BYTES);
    out.writeBytes(SIGNATURE);
    new ProxyHeaderWriter(out).write(header, tlvs);
    return out;
  }

  private void write(ProxyHeader header, Set<Tlv> tlvs) {
    if (namesNobody(header)) {
      // No address, no TLV: "it sets this field to zero" (§2.2).
      out.writeByte(header.local() ? LOCAL : PROXY).writeByte(UNSPEC).writeShort(0);
      return;
    }
    boolean ipv4 = isIpv4(header.source()) && isIpv4(header.destination());
    out.writeByte(PROXY).writeByte(ipv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6).writeShort(0);
    address(header.source().getAddress(), ipv4);
    address(header.destination().getAddress(), ipv4);
    out.writeShort(header.source().getPort()).writeShort(header.destination().getPort());
    int checksum = out.writerIndex() + TLV_HEADER_BYTES;
    if (tlvs.contains(Tlv.CRC32C)) {
      tlv(TYPE_CRC32C, new byte[Integer.BYTES]);
    }
    if (tlvs.contains(Tlv.ALPN)) {
      tlv(TYPE_ALPN, header.alpn().getBytes(StandardCharsets.ISO_8859_1));
    }
    if (tlvs.contains(Tlv.AUTHORITY)) {
      tlv(TYPE_AUTHORITY, header.authority().getBytes(StandardCharsets.UTF_8));
    }
    if (tlvs.contains(Tlv.UNIQUE_ID)) {
      tlv(TYPE_UNIQUE_ID, header.uniqueId());
    }
    boolean withCertificate = tlvs.contains(Tlv.CLIENT_CERTIFICATE);
    if (tlvs.contains(Tlv.SSL) || withCertificate) {
      header.tls().ifPresent(tls -> ssl(tls, withCertificate));
    }
    out.setShort(LENGTH_INDEX, out.writerIndex() - FIXED_BYTES);
    if (tlvs.contains(Tlv.CRC32C)) {
      out.setInt(checksum, crc32c());
    }
  }

  private void ssl(ProxyHeader.Tls tls, boolean withCertificate) {
    int start = out.writerIndex();
    if (start + TLV_HEADER_BYTES + 1 + Integer.BYTES > MAX_BYTES) {
      return;
    }
    boolean inSession = tls.certificateSeen() || tls.certificate().length > 0;
    int client =
        CLIENT_SSL
            | (tls.certificateSeen() ? CLIENT_CERT_CONN : 0)
            | (inSession ? CLIENT_CERT_SESS : 0);
    out.writeByte(TYPE_SSL).writeShort(0);
    out.writeByte(client).writeInt(inSession ? VERIFIED : NOT_VERIFIED);
    tlv(SUBTYPE_SSL_VERSION, tls.version().getBytes(StandardCharsets.US_ASCII));
    tlv(SUBTYPE_SSL_CIPHER, tls.cipher().getBytes(StandardCharsets.US_ASCII));
    tlv(SUBTYPE_SSL_CN, tls.commonName().getBytes(StandardCharsets.UTF_8));
    if (withCertificate) {
      tlv(SUBTYPE_SSL_CLIENT_CERT, tls.certificate());
    }
    out.setShort(start + 1, out.writerIndex() - start - TLV_HEADER_BYTES);
  }

  /** Leaves out what is empty and what does not fit. */
  private void tlv(int type, byte[] value) {
    if (value.length > 0 && out.writerIndex() + TLV_HEADER_BYTES + value.length <= MAX_BYTES) {
      out.writeByte(type).writeShort(value.length).writeBytes(value);
    }
  }

  /** Over the whole header with the field itself zero (§2.2.3). */
  private int crc32c() {
    CRC32C crc = new CRC32C();
    crc.update(out.nioBuffer());
    return (int) crc.getValue();
  }

  private void address(InetAddress address, boolean ipv4) {
    if (!ipv4 && address instanceof Inet4Address) {
      out.writeZero(10).writeShort(0xffff);
    }
    out.writeBytes(address.getAddress());
  }

  /** A probe's header; or one of a name that was never resolved, which has no address. */
  private static boolean namesNobody(ProxyHeader header) {
    return header.local() || header.source().isUnresolved() || header.destination().isUnresolved();
  }

  private static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }
}
