package io.steelyard.tls;

import io.steelyard.tls.LoadedCertificate.KeyType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cipher suite that security policies name.
 *
 * <p>Source of names and numbers: IANA TLS Cipher Suites registry; OpenSSL's ciphers(1).
 *
 * @param openSslName as documents and policies write it; TLS 1.3 suites have their IANA name only
 * @param code on the wire
 * @param keyType of the certificate it needs, or null where any will do (TLS 1.3)
 * @param ephemeral whether an elliptic-curve key exchange takes place (so that a group must be
 *     shared)
 * @param since first version it can be used with; TLS 1.3 and what is before exclude each other
 */
record CipherSuite(
    String openSslName,
    String ianaName,
    int code,
    @Nullable KeyType keyType,
    boolean ephemeral,
    ProtocolVersion since) {

  private static final KeyType RSA = KeyType.RSA;
  private static final KeyType ECDSA = KeyType.ECDSA;
  private static final ProtocolVersion OLD = ProtocolVersion.TLS_1_0;
  private static final ProtocolVersion TLS12 = ProtocolVersion.TLS_1_2;

  private static final List<CipherSuite> ALL =
      List.of(
          tls13("TLS_AES_128_GCM_SHA256", 0x1301),
          tls13("TLS_AES_256_GCM_SHA384", 0x1302),
          tls13("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
          tls13("TLS_AES_128_CCM_SHA256", 0x1304),
          tls13("TLS_AES_128_CCM_8_SHA256", 0x1305),
          ecdhe("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA_WITH_AES_128_GCM_SHA256", 0xC02B, TLS12),
          ecdhe("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDSA_WITH_AES_256_GCM_SHA384", 0xC02C, TLS12),
          ecdhe("ECDHE-ECDSA-AES128-SHA256", "ECDSA_WITH_AES_128_CBC_SHA256", 0xC023, TLS12),
          ecdhe("ECDHE-ECDSA-AES256-SHA384", "ECDSA_WITH_AES_256_CBC_SHA384", 0xC024, TLS12),
          ecdhe("ECDHE-ECDSA-AES128-SHA", "ECDSA_WITH_AES_128_CBC_SHA", 0xC009, OLD),
          ecdhe("ECDHE-ECDSA-AES256-SHA", "ECDSA_WITH_AES_256_CBC_SHA", 0xC00A, OLD),
          ecdhe(
              "ECDHE-ECDSA-CHACHA20-POLY1305",
              "ECDSA_WITH_CHACHA20_POLY1305_SHA256",
              0xCCA9,
              TLS12),
          ecdhe("ECDHE-RSA-AES128-GCM-SHA256", "RSA_WITH_AES_128_GCM_SHA256", 0xC02F, TLS12),
          ecdhe("ECDHE-RSA-AES256-GCM-SHA384", "RSA_WITH_AES_256_GCM_SHA384", 0xC030, TLS12),
          ecdhe("ECDHE-RSA-AES128-SHA256", "RSA_WITH_AES_128_CBC_SHA256", 0xC027, TLS12),
          ecdhe("ECDHE-RSA-AES256-SHA384", "RSA_WITH_AES_256_CBC_SHA384", 0xC028, TLS12),
          ecdhe("ECDHE-RSA-AES128-SHA", "RSA_WITH_AES_128_CBC_SHA", 0xC013, OLD),
          ecdhe("ECDHE-RSA-AES256-SHA", "RSA_WITH_AES_256_CBC_SHA", 0xC014, OLD),
          ecdhe("ECDHE-RSA-CHACHA20-POLY1305", "RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA8, TLS12),
          rsa("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009C, TLS12),
          rsa("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009D, TLS12),
          rsa("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003C, TLS12),
          rsa("AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256", 0x003D, TLS12),
          rsa("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", 0x002F, OLD),
          rsa("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", 0x0035, OLD),
          rsa("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x000A, OLD),
          rsa("DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009E, TLS12),
          rsa("DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0x009F, TLS12),
          rsa("DHE-RSA-AES128-SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", 0x0067, TLS12),
          rsa("DHE-RSA-AES256-SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", 0x006B, TLS12),
          rsa("DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0033, OLD),
          rsa("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", 0x0039, OLD),
          rsa("DHE-RSA-CAMELLIA128-SHA", "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", 0x0045, OLD),
          rsa("DHE-RSA-CAMELLIA256-SHA", "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", 0x0088, OLD),
          rsa("CAMELLIA128-SHA", "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", 0x0041, OLD),
          rsa("CAMELLIA256-SHA", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", 0x0084, OLD),
          rsa("EDH-RSA-DES-CBC3-SHA", "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", 0x0016, OLD),
          ecdhe("ECDHE-RSA-DES-CBC3-SHA", "RSA_WITH_3DES_EDE_CBC_SHA", 0xC012, OLD),
          ecdhe("ECDHE-RSA-RC4-SHA", "RSA_WITH_RC4_128_SHA", 0xC011, OLD),
          rsa("RC4-SHA", "TLS_RSA_WITH_RC4_128_SHA", 0x0005, OLD));

  private static final Map<String, CipherSuite> BY_NAME = byName();

  private static Map<String, CipherSuite> byName() {
    Map<String, CipherSuite> map = new HashMap<>();
    for (CipherSuite suite : ALL) {
      map.put(suite.openSslName, suite);
      map.put(suite.ianaName, suite);
    }
    return Map.copyOf(map);
  }

  /** Every suite we know, TLS 1.3 first. */
  static List<CipherSuite> all() {
    return ALL;
  }

  /** By OpenSSL or IANA name. */
  static Optional<CipherSuite> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** By its number on the wire; null where we do not know it. */
  static @Nullable CipherSuite numbered(int code) {
    for (CipherSuite suite : ALL) {
      if (suite.code == code) {
        return suite;
      }
    }
    return null;
  }

  boolean isTls13() {
    return since == ProtocolVersion.TLS_1_3;
  }

  boolean fits(ProtocolVersion version) {
    boolean newest = version == ProtocolVersion.TLS_1_3;
    return newest == isTls13() && since.compareTo(version) <= 0;
  }

  /** Whether a certificate with such a key can be used with it. */
  boolean serves(KeyType type) {
    return keyType == null || keyType == type;
  }

  private static CipherSuite tls13(String name, int code) {
    return new CipherSuite(name, name, code, null, true, ProtocolVersion.TLS_1_3);
  }

  private static CipherSuite ecdhe(String name, String rest, int code, ProtocolVersion since) {
    KeyType type = name.startsWith("ECDHE-ECDSA") ? ECDSA : RSA;
    return new CipherSuite(name, "TLS_ECDHE_" + rest, code, type, true, since);
  }

  private static CipherSuite rsa(String name, String iana, int code, ProtocolVersion since) {
    return new CipherSuite(name, iana, code, RSA, false, since);
  }
}
