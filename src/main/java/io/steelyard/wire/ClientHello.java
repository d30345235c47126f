package io.steelyard.wire;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a TLS client offers in its first message. Numbers are the IANA code points; GREASE values
 * (RFC 8701) are left out.
 *
 * @param versions offered, best first; from supported_versions, else the legacy version and those
 *     below it down to TLS 1.0
 * @param cipherSuites in the client's order
 * @param signatureAlgorithms in the client's order; empty where the extension is missing
 * @param groups supported_groups in the client's order; empty where the extension is missing
 * @param serverName SNI host name in lower case without a trailing dot; absent where none, or not a
 *     valid host name
 * @param alpn protocols in the client's order; empty where the extension is missing
 */
public record ClientHello(
    List<Integer> versions,
    List<Integer> cipherSuites,
    List<Integer> signatureAlgorithms,
    List<Integer> groups,
    Optional<String> serverName,
    List<String> alpn) {

  public ClientHello {
    versions = List.copyOf(versions);
    cipherSuites = List.copyOf(cipherSuites);
    signatureAlgorithms = List.copyOf(signatureAlgorithms);
    groups = List.copyOf(groups);
    alpn = List.copyOf(alpn);
  }

  /** What a client's hello holds as {@link #serverName} when it sends that text as its SNI. */
  public static Optional<String> serverNameOf(String text) {
    byte[] sent = text.getBytes(StandardCharsets.UTF_8);
    return Optional.ofNullable(
        HostName.parse(new Cursor(Unpooled.wrappedBuffer(sent), 0, sent.length)));
  }
}
