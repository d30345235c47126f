package io.steelyard.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.TBSCertList;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * One complete certificate revocation list (RFC 5280 §5), parsed for look-ups. Immutable but for
 * what it remembers about its signature; thread-safe.
 */
final class RevocationList {

  /** Bit 6 of key usage: cRLSign (RFC 5280 §4.2.1.3). */
  private static final int CRL_SIGN = 6;

  /** Authorities of one name that have shown a list's signature right or wrong: a few at most. */
  private static final int MAX_REMEMBERED = 16;

  /** The first byte of a DER sequence. */
  private static final byte SEQUENCE = 0x30;

  private final X500Principal issuer;
  private final Instant thisUpdate;
  private final Optional<Instant> nextUpdate;
  private final Set<BigInteger> revoked;
  private final Signed signed;
  private final Map<PublicKey, Boolean> signers = new ConcurrentHashMap<>();

  private RevocationList(X509CRLHolder crl) throws IOException {
    issuer = new X500Principal(crl.getIssuer().getEncoded());
    thisUpdate = crl.getThisUpdate().toInstant();
    nextUpdate = Optional.ofNullable(crl.getNextUpdate()).map(date -> date.toInstant());
    CertificateList list = crl.toASN1Structure();
    revoked = new HashSet<>();
    Enumeration<?> entries = list.getRevokedCertificateEnumeration();
    while (entries.hasMoreElements()) {
      var entry = (TBSCertList.CRLEntry) entries.nextElement();
      revoked.add(entry.getUserCertificate().getValue());
    }
    signed =
        new Signed(
            list.getSignatureAlgorithm(),
            list.getTBSCertList().getEncoded(),
            list.getSignature().getBytes());
  }

  /**
   * Every list of a file: one or more in PEM, or one in DER.
   *
   * @throws PartialListException where one does not tell about all certificates of its issuer
   */
  static List<RevocationList> parse(byte[] content) throws IOException, CRLException {
    List<RevocationList> lists = new ArrayList<>();
    if (content.length > 0 && content[0] == SEQUENCE) {
      lists.add(of(content));
      return lists;
    }
    try (PemReader reader = new PemReader(PemFiles.reader(content))) {
      for (PemObject block = reader.readPemObject();
          block != null;
          block = reader.readPemObject()) {
        if (block.getType().equals("X509 CRL")) {
          lists.add(of(block.getContent()));
        }
      }
    }
    return lists;
  }

  private static RevocationList of(byte[] der) throws IOException, CRLException {
    // Not the JDK's parser: it makes the extensions by reflection, and keeps every entry whole.
    X509CRLHolder crl = new X509CRLHolder(der);
    // Delta lists, indirect lists and lists of a part of the certificates say so in critical
    // extensions, and nothing else does (RFC 5280 §5.2); careless ones say it uncritically.
    Set<Object> partial = new HashSet<>(crl.getCriticalExtensionOIDs());
    for (ASN1ObjectIdentifier kind :
        List.of(Extension.deltaCRLIndicator, Extension.issuingDistributionPoint)) {
      if (crl.getExtension(kind) != null) {
        partial.add(kind);
      }
    }
    if (!partial.isEmpty()) {
      throw new PartialListException(partial);
    }
    return new RevocationList(crl);
  }

  X500Principal issuer() {
    return issuer;
  }

  Instant thisUpdate() {
    return thisUpdate;
  }

  Optional<Instant> nextUpdate() {
    return nextUpdate;
  }

  boolean isCurrent(Instant now) {
    return !now.isBefore(thisUpdate) && !hasEnded(now);
  }

  boolean hasEnded(Instant now) {
    return nextUpdate.isPresent() && !now.isBefore(nextUpdate.get());
  }

  boolean lists(X509Certificate certificate) {
    return revoked.contains(certificate.getSerialNumber());
  }

  /**
   * Whether that authority has signed it and may. The signature is verified once for each key: the
   * caller has made sure that the authority is a trusted one.
   */
  boolean isSignedBy(X509Certificate authority) {
    if (!authority.getSubjectX500Principal().equals(issuer) || !maySign(authority)) {
      return false;
    }
    PublicKey key = authority.getPublicKey();
    Boolean known = signers.get(key);
    if (known != null) {
      return known;
    }
    boolean is = signed.isBy(key);
    if (signers.size() < MAX_REMEMBERED) {
      signers.put(key, is);
    }
    return is;
  }

  private static boolean maySign(X509Certificate authority) {
    boolean[] usage = authority.getKeyUsage();
    return usage == null || usage[CRL_SIGN];
  }

  /** It tells about a part of its issuer's certificates only, so silence means nothing. */
  static final class PartialListException extends CRLException {
    private static final long serialVersionUID = 1;

    PartialListException(Set<?> kinds) {
      super("extensions " + kinds);
    }
  }
}
