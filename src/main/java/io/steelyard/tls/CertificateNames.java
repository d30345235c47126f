package io.steelyard.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;

/** The names that a certificate carries. */
final class CertificateNames {

  /** Types of GeneralName (RFC 5280 §4.2.1.6), as {@link X509Certificate} numbers them. */
  private static final int DNS = 2;

  private static final int URI = 6;

  private CertificateNames() {}

  /**
   * DNS subject alternative names in lower case; the common name where there are no alternative
   * names at all.
   */
  static Set<String> dns(X509Certificate certificate) {
    if (!hasAlternativeNames(certificate)) {
      Set<String> names = new LinkedHashSet<>();
      commonNames(certificate).forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
      return names;
    }
    Set<String> names = new LinkedHashSet<>();
    alternatives(certificate, DNS).forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    return names;
  }

  /** DNS subject alternative names only, in lower case. */
  static List<String> dnsAlternatives(X509Certificate certificate) {
    return alternatives(certificate, DNS).stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .toList();
  }

  /** URI subject alternative names as they are. */
  static List<String> uris(X509Certificate certificate) {
    return alternatives(certificate, URI);
  }

  static boolean hasAlternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null && !names.isEmpty();
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  /** Every common name of the subject. */
  static List<String> commonNames(X509Certificate certificate) {
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    List<String> names = new ArrayList<>();
    for (RDN part : subject.getRDNs(BCStyle.CN)) {
      names.add(IETFUtils.valueToString(part.getFirst().getValue()));
    }
    return names;
  }

  private static List<String> alternatives(X509Certificate certificate, int type) {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (name.get(0).equals(type) && name.get(1) instanceof String text) {
          found.add(text);
        }
      }
    } catch (CertificateParsingException e) {
      // Names that cannot be parsed match nothing.
      return List.of();
    }
    return found;
  }
}
