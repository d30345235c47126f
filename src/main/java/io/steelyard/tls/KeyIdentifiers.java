package io.steelyard.tls;

import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * What certificates and keys say about each other, read instead of computed: with ten thousand
 * certificates, a signature for each question would make a start take a minute.
 */
final class KeyIdentifiers {

  /** RFC 5280 §4.2.1.1 and §4.2.1.2. */
  private static final String AUTHORITY = "2.5.29.35";

  private static final String SUBJECT = "2.5.29.14";

  private KeyIdentifiers() {}

  /**
   * Whether the certificate names the issuer's key as the one that signed it.
   *
   * @return empty where one of them does not say
   */
  static Optional<Boolean> namesIssuer(X509Certificate certificate, X509Certificate issuer) {
    try {
      byte[] authority = certificate.getExtensionValue(AUTHORITY);
      byte[] subject = issuer.getExtensionValue(SUBJECT);
      if (authority == null || subject == null) {
        return Optional.empty();
      }
      byte[] named = AuthorityKeyIdentifier.getInstance(inner(authority)).getKeyIdentifierOctets();
      if (named == null) {
        return Optional.empty();
      }
      byte[] own = SubjectKeyIdentifier.getInstance(inner(subject)).getKeyIdentifier();
      return Optional.of(Arrays.equals(named, own));
    } catch (RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static byte[] inner(byte[] extension) {
    return ASN1OctetString.getInstance(extension).getOctets();
  }

  /**
   * Whether the public key that an EC key file carries beside the private one (RFC 5915 §3) is the
   * certificate's.
   *
   * @return empty where it carries none
   */
  static Optional<Boolean> carriesPublicKey(PrivateKey key, X509Certificate certificate) {
    try {
      PrivateKeyInfo own = PrivateKeyInfo.getInstance(key.getEncoded());
      ASN1BitString carried = ECPrivateKey.getInstance(own.parsePrivateKey()).getPublicKey();
      if (carried == null) {
        return Optional.empty();
      }
      SubjectPublicKeyInfo wanted =
          SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded());
      boolean sameCurve =
          wanted.getAlgorithm().getParameters() != null
              && wanted
                  .getAlgorithm()
                  .getParameters()
                  .equals(own.getPrivateKeyAlgorithm().getParameters());
      return Optional.of(
          sameCurve && Arrays.equals(carried.getBytes(), wanted.getPublicKeyData().getBytes()));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }
}
