package io.steelyard.testkit;

import io.steelyard.testkit.TestCertificates.Authority;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What a P-256 authority says about certificates it has issued: lists and OCSP responses, DER. */
final class Revocation {

  private Revocation() {}

  static byte[] crl(Authority authority, Instant from, Instant until, X509Certificate... revoked) {
    try {
      X509v2CRLBuilder list =
          new X509v2CRLBuilder(
              X500Name.getInstance(authority.certificate().getSubjectX500Principal().getEncoded()),
              Date.from(from));
      list.setNextUpdate(Date.from(until));
      for (X509Certificate one : revoked) {
        list.addCRLEntry(one.getSerialNumber(), Date.from(from), CRLReason.keyCompromise);
      }
      return list.build(signer(authority)).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A list of what changed since list 1, whose extension says so without being critical. */
  static byte[] delta(Authority authority, Instant from, Instant until) {
    try {
      X509v2CRLBuilder list =
          new X509v2CRLBuilder(
              X500Name.getInstance(authority.certificate().getSubjectX500Principal().getEncoded()),
              Date.from(from));
      list.setNextUpdate(Date.from(until));
      list.addExtension(Extension.deltaCRLIndicator, false, new CRLNumber(BigInteger.ONE));
      return list.build(signer(authority)).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] ocsp(Authority authority, X509Certificate about, Instant until, boolean revoked) {
    try {
      DigestCalculator sha1 = new BcDigestCalculatorProvider().get(CertificateID.HASH_SHA1);
      CertificateID id =
          new CertificateID(
              sha1, new JcaX509CertificateHolder(authority.certificate()), about.getSerialNumber());
      SubjectPublicKeyInfo key =
          SubjectPublicKeyInfo.getInstance(authority.certificate().getPublicKey().getEncoded());
      Date from = Date.from(Instant.now().minus(Duration.ofHours(1)));
      CertificateStatus status =
          revoked ? new RevokedStatus(from, CRLReason.keyCompromise) : CertificateStatus.GOOD;
      var basic =
          new BasicOCSPRespBuilder(key, sha1)
              .addResponse(id, status, from, Date.from(until))
              .build(signer(authority), new X509CertificateHolder[0], new Date());
      OCSPResp response = new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic);
      return response.getEncoded();
    } catch (OCSPException | OperatorCreationException | CertificateException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ContentSigner signer(Authority authority) {
    try {
      return new JcaContentSignerBuilder("SHA256withECDSA").build(authority.key());
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }
}
