package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol header that tells a backend whom a flow comes from (HAProxy's
 * proxy-protocol.txt). Arrays are shared, not copied: nobody changes them.
 *
 * @param local a header that names no client (LOCAL command, {@code PROXY UNKNOWN}): health probes
 * @param alpn protocol agreed on, empty where none
 * @param authority SNI, empty where none
 * @param uniqueId id of the flow, at most 128 bytes, empty where none
 * @param tls absent for plain flows
 */
@SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString below know the arrays
public record ProxyHeader(
    boolean local,
    InetSocketAddress source,
    InetSocketAddress destination,
    String alpn,
    String authority,
    byte[] uniqueId,
    Optional<Tls> tls) {

  /** proxy-protocol.txt §2.2.5. */
  public static final int MAX_UNIQUE_ID_BYTES = 128;

  public ProxyHeader {
    if (uniqueId.length > MAX_UNIQUE_ID_BYTES) {
      throw new IllegalArgumentException("unique id of " + uniqueId.length + " bytes");
    }
  }

  /**
   * Encodes as the group asks for; the caller releases the buffer. Never called with version NONE.
   *
   * <p>One IPv4 and one IPv6 address are both written as IPv6, the former mapped (RFC 4291
   * §2.5.5.2). What is empty gets no TLV; the client's certificate is inside the SSL TLV and left
   * out where it does not fit into 65,535 bytes. Receivers may take less: nginx reads at most 4
   * KiB.
   */
  public ByteBuf encode(ByteBufAllocator allocator, ProxyProtocol settings) {
    return switch (settings.version()) {
      case V1 -> ProxyHeaderWriter.v1(allocator, this);
      case V2 -> ProxyHeaderWriter.v2(allocator, this, settings.tlvs());
      case NONE -> throw new IllegalStateException("no PROXY header to encode");
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ProxyHeader that
        && local == that.local
        && source.equals(that.source)
        && destination.equals(that.destination)
        && alpn.equals(that.alpn)
        && authority.equals(that.authority)
        && Arrays.equals(uniqueId, that.uniqueId)
        && tls.equals(that.tls);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        local, source, destination, alpn, authority, Arrays.hashCode(uniqueId), tls);
  }

  @Override
  public String toString() {
    return "ProxyHeader[" + (local ? "local" : source + " -> " + destination) + "]";
  }

  /**
   * What the SSL TLV carries.
   *
   * @param version such as {@code TLSv1.3}
   * @param certificateSeen the client showed a certificate in this flow's handshake; one that is
   *     given but was not seen came with the session that the flow resumed
   * @param commonName of the client certificate, empty where none
   * @param certificate the client certificate's DER, verified; empty array where none
   */
  @SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString below know the array
  public record Tls(
      String version,
      String cipher,
      boolean certificateSeen,
      String commonName,
      byte[] certificate) {

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Tls that
          && version.equals(that.version)
          && cipher.equals(that.cipher)
          && certificateSeen == that.certificateSeen
          && commonName.equals(that.commonName)
          && Arrays.equals(certificate, that.certificate);
    }

    @Override
    public int hashCode() {
      return Objects.hash(
          version, cipher, certificateSeen, commonName, Arrays.hashCode(certificate));
    }

    @Override
    public String toString() {
      return "Tls[" + version + " " + cipher + " " + commonName + "]";
    }
  }
}
