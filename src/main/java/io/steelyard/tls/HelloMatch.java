package io.steelyard.tls;

import io.steelyard.tls.LoadedCertificate.KeyType;
import io.steelyard.tls.SecurityPolicy.Effective;
import io.steelyard.wire.ClientHello;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a client offers with what a policy serves, so that a certificate is chosen that the
 * handshake can be finished with. Immutable.
 */
final class HelloMatch {

  /** RSASSA-PSS with rsaEncryption keys; all that TLS 1.3 allows for them (RFC 8446 §4.2.3). */
  private static final Set<Integer> RSA_PSS = Set.of(0x0804, 0x0805, 0x0806);

  /** With PKCS#1 v1.5 as TLS 1.2 allows it, SHA-1 included for old clients. */
  private static final Set<Integer> RSA_TLS12 =
      Set.of(0x0401, 0x0501, 0x0601, 0x0201, 0x0804, 0x0805, 0x0806);

  /** In TLS 1.2 the hash is not bound to the curve (RFC 5246 §7.4.1.4.1). */
  private static final Set<Integer> ECDSA_TLS12 = Set.of(0x0403, 0x0503, 0x0603, 0x0203);

  private final List<ProtocolVersion> versions;
  private final Map<ProtocolVersion, List<CipherSuite>> suites =
      new EnumMap<>(ProtocolVersion.class);
  private final Set<Integer> groups;
  private final Set<Integer> classicGroups;

  HelloMatch(Effective policy) {
    this.versions = policy.protocolVersions().reversed();
    policy
        .versions()
        .forEach(
            served ->
                suites.put(
                    ProtocolVersion.named(served.version()).orElseThrow(),
                    served.suites().stream()
                        .map(name -> CipherSuite.named(name).orElseThrow())
                        .toList()));
    this.groups =
        policy.namedGroups().stream().map(NamedGroup::code).collect(Collectors.toUnmodifiableSet());
    this.classicGroups =
        policy.namedGroups().stream()
            .filter(group -> group != NamedGroup.X25519MLKEM768)
            .map(NamedGroup::code)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The version that will be negotiated: the newest of both, or null. */
  @Nullable ProtocolVersion version(ClientHello hello) {
    for (ProtocolVersion version : versions) {
      if (hello.versions().contains(version.code())) {
        return version;
      }
    }
    return null;
  }

  /** Whether the handshake can be finished with such a certificate. */
  boolean canUse(ClientHello hello, ProtocolVersion version, LoadedCertificate certificate) {
    if (version == ProtocolVersion.TLS_1_3) {
      return sharesSuite(hello, version, certificate.keyType(), sharesGroup(hello, groups))
          && verifiesTls13(hello, certificate);
    }
    boolean group = sharesGroup(hello, classicGroups);
    if (certificate.keyType() == KeyType.ECDSA) {
      return sharesSuite(hello, version, KeyType.ECDSA, group)
          && verifies(hello, version, ECDSA_TLS12)
          && knowsCurve(hello, certificate);
    }
    boolean signed = verifies(hello, version, RSA_TLS12);
    return sharesSuite(hello, version, KeyType.RSA, group && signed);
  }

  /**
   * Whether a suite is shared.
   *
   * @param ephemeral whether those with an ephemeral key exchange (which the server signs) count
   */
  private boolean sharesSuite(
      ClientHello hello, ProtocolVersion version, KeyType type, boolean ephemeral) {
    for (CipherSuite suite : suites.getOrDefault(version, List.of())) {
      boolean usable = suite.serves(type) && (ephemeral || !suite.ephemeral());
      if (usable && hello.cipherSuites().contains(suite.code())) {
        return true;
      }
    }
    return false;
  }

  /** A client that names no groups takes any (RFC 8422 §4). */
  private static boolean sharesGroup(ClientHello hello, Set<Integer> served) {
    return hello.groups().isEmpty() || hello.groups().stream().anyMatch(served::contains);
  }

  private static boolean knowsCurve(ClientHello hello, LoadedCertificate certificate) {
    int curve = NamedGroup.named(certificate.curve()).orElseThrow().code();
    return hello.groups().isEmpty() || hello.groups().contains(curve);
  }

  /** Before TLS 1.2 there is nothing to choose; in it, silence means SHA-1 with any key. */
  private static boolean verifies(ClientHello hello, ProtocolVersion version, Set<Integer> ours) {
    return version != ProtocolVersion.TLS_1_2
        || hello.signatureAlgorithms().isEmpty()
        || hello.signatureAlgorithms().stream().anyMatch(ours::contains);
  }

  /** The engine answers a hello without signature algorithms: it is malformed (RFC 8446 §9.2). */
  private static boolean verifiesTls13(ClientHello hello, LoadedCertificate certificate) {
    List<Integer> offered = hello.signatureAlgorithms();
    if (offered.isEmpty()) {
      return true;
    }
    return switch (certificate.curve()) {
      case "secp256r1" -> offered.contains(0x0403);
      case "secp384r1" -> offered.contains(0x0503);
      case "secp521r1" -> offered.contains(0x0603);
      default -> offered.stream().anyMatch(RSA_PSS::contains);
    };
  }
}
