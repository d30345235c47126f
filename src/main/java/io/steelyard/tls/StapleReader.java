package io.steelyard.tls;

import io.steelyard.config.FileContents;
import io.steelyard.config.Problems;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;

/**
 * Reads an OCSP response (RFC 6960), DER or its base64, and makes sure that it is about the
 * certificate and of its issuer: a client to which a wrong one is stapled may give up.
 */
final class StapleReader {

  private static final int MAX_BYTES = 256 * 1024;
  private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
  private static final String EXPECTED = "an OCSP response to a request for this certificate";

  /** The first byte of a DER sequence. */
  private static final byte SEQUENCE = 0x30;

  private final LoadedCertificate certificate;
  private final String path;
  private final Problems problems;

  StapleReader(LoadedCertificate certificate, String path, Problems problems) {
    this.certificate = certificate;
    this.path = path;
    this.problems = problems;
  }

  /**
   * Reads it; one that fits but must not be shown by now is a warning.
   *
   * @return empty where the problems got an error
   */
  Optional<Staple> read(Path file, FileContents contents, Instant now) {
    byte[] content;
    try {
      content = contents.bytes(file, MAX_BYTES);
    } catch (IOException e) {
      problems.error(path, file + FileWords.unreadable(e), EXPECTED);
      return Optional.empty();
    }
    Optional<Staple> staple;
    try {
      staple = staple(file, der(content));
    } catch (IOException | OCSPException | GeneralSecurityException | RuntimeException e) {
      // Bouncy Castle answers broken DER with many kinds of runtime exceptions.
      problems.error(path, file + " that cannot be read as an OCSP response", EXPECTED);
      return Optional.empty();
    }
    staple
        .flatMap(found -> found.trouble(now))
        .ifPresent(trouble -> problems.warning(path, trouble.found(), trouble.expected()));
    return staple;
  }

  /** As it is, or taken out of base64 with or without lines around it. */
  private static byte[] der(byte[] content) {
    if (content.length > 0 && content[0] == SEQUENCE) {
      return content;
    }
    String text = new String(content, StandardCharsets.ISO_8859_1);
    String bare = text.replaceAll("-----[^-]*-----", "").replaceAll("\\s", "");
    return Base64.getDecoder().decode(bare);
  }

  private Optional<Staple> staple(Path file, byte[] der)
      throws IOException, OCSPException, GeneralSecurityException {
    OCSPResp outer = new OCSPResp(der);
    if (outer.getStatus() != OCSPResp.SUCCESSFUL
        || !(outer.getResponseObject() instanceof BasicOCSPResp response)) {
      problems.error(path, file + ", in which the responder refuses to answer", EXPECTED);
      return Optional.empty();
    }
    SingleResp own = null;
    for (SingleResp single : response.getResponses()) {
      own = isAboutOurs(single.getCertID()) ? single : own;
    }
    if (own == null) {
      problems.error(path, file + ", which is about another certificate", EXPECTED);
      return Optional.empty();
    }
    if (certificate.chain().size() > 1 && !isSigned(response, certificate.chain().get(1))) {
      problems.error(path, file + ", not signed by the certificate's issuer", EXPECTED);
      return Optional.empty();
    }
    Optional<Instant> next = Optional.ofNullable(own.getNextUpdate()).map(date -> date.toInstant());
    Instant from = own.getThisUpdate().toInstant();
    return Optional.of(new Staple(der, refusal(own.getCertStatus()), from, next, path));
  }

  private static String refusal(CertificateStatus status) {
    if (status == CertificateStatus.GOOD) {
      return "";
    }
    return status instanceof RevokedStatus revoked
        ? "an OCSP response that says revoked since " + revoked.getRevocationTime().toInstant()
        : "an OCSP response that says unknown";
  }

  /** The issuer by name, and by key where the chain has it. */
  private boolean isAboutOurs(CertificateID id) throws GeneralSecurityException {
    X509Certificate leaf = certificate.leaf();
    if (!leaf.getSerialNumber().equals(id.getSerialNumber())) {
      return false;
    }
    MessageDigest digest = MessageDigest.getInstance(id.getHashAlgOID().getId());
    byte[] name = digest.digest(leaf.getIssuerX500Principal().getEncoded());
    if (!Arrays.equals(name, id.getIssuerNameHash())) {
      return false;
    }
    if (certificate.chain().size() == 1) {
      return true;
    }
    byte[] spki = certificate.chain().get(1).getPublicKey().getEncoded();
    byte[] key = SubjectPublicKeyInfo.getInstance(spki).getPublicKeyData().getBytes();
    return Arrays.equals(digest.digest(key), id.getIssuerKeyHash());
  }

  /** By the issuer itself, or by one whom it has told to (RFC 6960 §4.2.2.2). */
  private static boolean isSigned(BasicOCSPResp response, X509Certificate issuer)
      throws GeneralSecurityException, IOException {
    Signed signed =
        new Signed(
            response.getSignatureAlgorithmID(),
            response.getTBSResponseData(),
            response.getSignature());
    if (signed.isBy(issuer.getPublicKey())) {
      return true;
    }
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (X509CertificateHolder holder : response.getCerts()) {
      var der = new ByteArrayInputStream(holder.getEncoded());
      X509Certificate delegate = (X509Certificate) factory.generateCertificate(der);
      boolean told =
          delegate.getExtendedKeyUsage() != null
              && delegate.getExtendedKeyUsage().contains(OCSP_SIGNING)
              && CertificateRules.isIssuedBy(delegate, issuer);
      if (told && signed.isBy(delegate.getPublicKey())) {
        return true;
      }
    }
    return false;
  }
}
