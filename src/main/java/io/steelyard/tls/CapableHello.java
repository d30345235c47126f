package io.steelyard.tls;

import io.steelyard.wire.ClientHello;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The hello of a client that can do everything we know: what remains is the listener's choice. */
public final class CapableHello {

  /**
   * Signature schemes of all keys that a listener may have: RSASSA-PSS and PKCS#1 v1.5 with
   * SHA-256, SHA-384, SHA-512, ECDSA with the three curves (IANA TLS SignatureScheme registry).
   */
  private static final List<Integer> SIGNATURES =
      List.of(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601);

  private CapableHello() {}

  /**
   * Such a hello.
   *
   * @param serverName as {@link ClientHello#serverName}
   * @param alpn in the client's order; empty = not offered
   */
  public static ClientHello of(Optional<String> serverName, List<String> alpn) {
    return new ClientHello(
        Arrays.stream(ProtocolVersion.values()).map(ProtocolVersion::code).toList().reversed(),
        CipherSuite.all().stream().map(CipherSuite::code).toList(),
        SIGNATURES,
        Arrays.stream(NamedGroup.values()).map(NamedGroup::code).toList(),
        serverName,
        alpn);
  }
}
