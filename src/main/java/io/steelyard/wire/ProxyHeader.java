package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The PROXY protocol header that tells a backend whom a flow comes from. Skeleton: encoding
 * follows.
 *
 * @param local a header that names no client (LOCAL command, {@code PROXY UNKNOWN}): health probes
 * @param uniqueId at most 128 bytes, RFC-style id of the flow
 * @param tls absent for plain flows
 */
public record ProxyHeader(
    boolean local,
    InetSocketAddress source,
    InetSocketAddress destination,
    String alpn,
    String authority,
    byte[] uniqueId,
    Optional<Tls> tls) {

  /**
   * Encodes as the group asks for; the caller releases the buffer. Never called with version NONE.
   */
  public ByteBuf encode(ByteBufAllocator allocator, ProxyProtocol settings) {
    throw new UnsupportedOperationException();
  }

  /**
   * What the SSL TLV carries.
   *
   * @param certificateSeen the client showed a certificate in this flow's handshake
   * @param commonName of the client certificate, empty where none
   * @param certificate the client certificate's DER, empty array where none
   */
  public record Tls(
      String version,
      String cipher,
      boolean certificateSeen,
      String commonName,
      byte[] certificate) {}
}
