package io.steelyard.tls;

import io.steelyard.config.Sha256;
import io.steelyard.config.TlsConfig.AllowRules;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;

/** Which verified client certificates may pass; any matching rule is enough. Immutable. */
final class AllowList {

  private final AllowRules rules;

  AllowList(AllowRules rules) {
    this.rules = rules;
  }

  boolean allows(X509Certificate certificate) {
    return anyName(rules.cn(), CertificateNames.commonNames(certificate))
        || anyName(rules.dns(), CertificateNames.dnsAlternatives(certificate))
        || CertificateNames.uris(certificate).stream().anyMatch(rules.uri()::contains)
        || (!rules.fingerprint().isEmpty()
            && rules.fingerprint().contains(fingerprint(certificate)));
  }

  private static boolean anyName(List<String> patterns, List<String> names) {
    return patterns.stream()
        .anyMatch(pattern -> names.stream().anyMatch(name -> matches(pattern, name)));
  }

  /** A wildcard stands for exactly one label (RFC 9525 §6.3). */
  static boolean matches(String pattern, String name) {
    if (!pattern.startsWith("*.")) {
      return pattern.equalsIgnoreCase(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && name.substring(dot).equalsIgnoreCase(pattern.substring(1));
  }

  /** SHA-256 of the DER certificate, lower-case hex. */
  static String fingerprint(X509Certificate certificate) {
    try {
      return Sha256.hex(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }
}
