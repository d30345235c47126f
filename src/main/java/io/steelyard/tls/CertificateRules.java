package io.steelyard.tls;

import io.steelyard.config.Problem.Severity;
import io.steelyard.tls.LoadedCertificate.KeyType;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;

/** What a certificate must be to be served, and what is worth a warning. */
final class CertificateRules {

  static final int MAX_CHAIN = 11;
  static final int MIN_RSA_BITS = 2048;
  private static final Duration EXPIRES_SOON = Duration.ofDays(14);

  private static final Map<String, BigInteger> CURVES =
      Map.of(
          "secp256r1", order("secp256r1"),
          "secp384r1", order("secp384r1"),
          "secp521r1", order("secp521r1"));

  /** Bit 0 of key usage: digitalSignature (RFC 5280 §4.2.1.3). */
  private static final int DIGITAL_SIGNATURE = 0;

  private final InstantSource clock;
  private final Report report;
  private boolean broken;

  private static BigInteger order(String curve) {
    return ECNamedCurveTable.getByName(curve).getN();
  }

  CertificateRules(InstantSource clock, Report report) {
    this.clock = clock;
    this.report = report;
  }

  /**
   * Checks everything and says it all.
   *
   * @param path of the chain in the document
   * @param keyPath of the key in the document
   * @return empty where there was an error
   */
  Optional<LoadedCertificate> check(
      String name, PrivateKey key, List<X509Certificate> chain, String path, String keyPath) {
    X509Certificate leaf = chain.getFirst();
    Optional<KeyType> type = keyType(leaf, path);
    checkMatch(key, leaf, keyPath);
    checkValidity(leaf, path);
    checkChain(chain, path);
    Set<String> names = checkNames(leaf, path);
    checkUsage(leaf, path);
    if (broken || type.isEmpty()) {
      return Optional.empty();
    }
    String curve = leaf.getPublicKey() instanceof ECPublicKey ec ? curveOf(ec) : "";
    Instant notAfter = leaf.getNotAfter().toInstant();
    return Optional.of(new LoadedCertificate(name, chain, key, type.get(), curve, names, notAfter));
  }

  private Optional<KeyType> keyType(X509Certificate leaf, String path) {
    PublicKey key = leaf.getPublicKey();
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      if (bits < MIN_RSA_BITS) {
        error(path, "an RSA key of " + bits + " bits", "at least " + MIN_RSA_BITS);
      }
      return Optional.of(KeyType.RSA);
    }
    if (key instanceof ECPublicKey ec && !curveOf(ec).isEmpty()) {
      return Optional.of(KeyType.ECDSA);
    }
    String expected = "RSA of at least 2048 bits, or EC on P-256, P-384 or P-521";
    error(path, "a key of kind " + key.getAlgorithm() + " that TLS clients cannot use", expected);
    return Optional.empty();
  }

  /** By the order of the group, which tells the three apart from every other curve. */
  private static String curveOf(ECPublicKey key) {
    for (String curve : CURVES.keySet()) {
      if (CURVES.get(curve).equals(key.getParams().getOrder())) {
        return curve;
      }
    }
    return "";
  }

  private void checkMatch(PrivateKey key, X509Certificate leaf, String keyPath) {
    if (!matches(key, leaf)) {
      error(keyPath, "a key that is not the certificate's", "the key of the first certificate");
    }
  }

  private static boolean matches(PrivateKey key, X509Certificate leaf) {
    PublicKey publicKey = leaf.getPublicKey();
    if (key instanceof RSAPrivateKey own && publicKey instanceof RSAPublicKey rsa) {
      return own.getModulus().equals(rsa.getModulus());
    }
    if (!key.getAlgorithm().equals("EC") || !publicKey.getAlgorithm().equals("EC")) {
      return false;
    }
    return KeyIdentifiers.carriesPublicKey(key, leaf)
        .orElseGet(() -> NativeCredential.isPair(key, leaf) || signsFor(key, publicKey));
  }

  /** Twenty times as dear as BoringSSL's answer, and dearer still in a native executable. */
  private static boolean signsFor(PrivateKey key, PublicKey publicKey) {
    try {
      byte[] probe = {1, 2, 3};
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      // A key on another curve.
      return false;
    }
  }

  private void checkValidity(X509Certificate leaf, String path) {
    Instant now = clock.instant();
    Instant notBefore = leaf.getNotBefore().toInstant();
    Instant notAfter = leaf.getNotAfter().toInstant();
    if (now.isBefore(notBefore)) {
      error(path, "a certificate not valid before " + notBefore, "one that is valid now");
    } else if (now.isAfter(notAfter)) {
      error(path, "a certificate that expired on " + notAfter, "one that is valid now");
    } else if (!now.plus(EXPIRES_SOON).isBefore(notAfter)) {
      warning(path, "a certificate that expires on " + notAfter, "more than 14 days left");
    }
  }

  private void checkChain(List<X509Certificate> chain, String path) {
    if (chain.size() > MAX_CHAIN) {
      error(path, chain.size() + " certificates", "at most " + MAX_CHAIN);
      return;
    }
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!isFollowedBy(chain.get(i), chain.get(i + 1))) {
        String found =
            "a chain whose certificate " + (i + 2) + " did not issue certificate " + (i + 1);
        error(path, found, "the leaf first, then each one's issuer");
        return;
      }
      X509Certificate issuer = chain.get(i + 1);
      if (clock.instant().isAfter(issuer.getNotAfter().toInstant()) && !isSelfSigned(issuer)) {
        String found = "a chain whose certificate " + (i + 2) + " expired on ";
        warning(path, found + issuer.getNotAfter().toInstant(), "a chain that is valid now");
      }
    }
    if (chain.size() == 1 && !isSelfSigned(chain.getFirst())) {
      String found =
          "a certificate without its issuer " + chain.getFirst().getIssuerX500Principal();
      warning(path, found, "the chain up to the root in one file");
    }
  }

  /** In the right order: whoever takes the wrong file takes one that names another key. */
  private static boolean isFollowedBy(X509Certificate certificate, X509Certificate issuer) {
    return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
        && KeyIdentifiers.namesIssuer(certificate, issuer)
            .orElseGet(() -> isIssuedBy(certificate, issuer));
  }

  /** By what it says of itself: only warnings depend on it, and no signature is worth those. */
  private static boolean isSelfSigned(X509Certificate certificate) {
    return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())
        && KeyIdentifiers.namesIssuer(certificate, certificate).orElse(true);
  }

  static boolean isIssuedBy(X509Certificate certificate, X509Certificate issuer) {
    if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private Set<String> checkNames(X509Certificate leaf, String path) {
    Set<String> names = CertificateNames.dns(leaf);
    if (!CertificateNames.hasAlternativeNames(leaf)) {
      String found = "a certificate without subject alternative names";
      warning(path, found, "the names it is for: clients do not look at the common name");
    }
    return names;
  }

  private void checkUsage(X509Certificate leaf, String path) {
    boolean[] usage = leaf.getKeyUsage();
    if (usage == null) {
      warning(path, "a certificate without key usage", "key usage digitalSignature");
    } else if (!usage[DIGITAL_SIGNATURE]) {
      warning(path, "a certificate whose key usage lacks digitalSignature", "digitalSignature");
    }
  }

  private void error(String path, String found, String expected) {
    broken = true;
    report.add(Severity.ERROR, path, found, expected);
  }

  private void warning(String path, String found, String expected) {
    report.add(Severity.WARNING, path, found, expected);
  }

  /** Where what was found goes. */
  interface Report {
    void add(Severity severity, String path, String found, String expected);
  }
}
