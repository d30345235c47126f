package io.steelyard.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * A certificate that was read and found fit to be served.
 *
 * @param name as in the document
 * @param chain leaf first
 * @param curve {@code secp256r1}, {@code secp384r1}, {@code secp521r1}; empty for RSA
 * @param names DNS names it covers, lower case, {@code *.} wildcards as they are
 * @param notAfter end of the leaf's validity
 */
record LoadedCertificate(
    String name,
    List<X509Certificate> chain,
    PrivateKey key,
    KeyType keyType,
    String curve,
    Set<String> names,
    Instant notAfter) {

  LoadedCertificate {
    chain = List.copyOf(chain);
    names = Set.copyOf(names);
  }

  X509Certificate leaf() {
    return chain.getFirst();
  }

  /** Never the key. */
  @Override
  public String toString() {
    return name + " (" + keyType + ", " + names + ", until " + notAfter + ")";
  }

  /** What kind of key a certificate holds. */
  public enum KeyType {
    RSA,
    ECDSA
  }
}
