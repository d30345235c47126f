package io.steelyard.testkit;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Certificates made on the spot: authorities, intermediates and leaves of every kind a test needs.
 */
public final class TestCertificates {

  private static final SecureRandom RANDOM = new SecureRandom();

  private TestCertificates() {}

  /** A new self-signed authority (P-256) with that common name. */
  public static Authority authority(String commonName) {
    KeyPair keys = ecKeys("secp256r1");
    X500Name name = name(commonName);
    Leaf template = new Leaf(null, commonName);
    X509Certificate certificate = template.sign(name, keys.getPrivate(), name, keys, true);
    return new Authority(certificate, keys.getPrivate(), List.of());
  }

  /**
   * A certificate signed by its own key, not an authority: {@code sans} as in {@link Leaf#sans}.
   */
  public static Leaf selfSigned(String commonName, String... sans) {
    return new Leaf(null, commonName).sans(sans);
  }

  /** A new EC key pair on that curve. */
  public static KeyPair ecKeys(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A new RSA key pair of that size. */
  public static KeyPair rsaKeys(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X500Name name(String commonName) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
  }

  /**
   * One that signs: a root or an intermediate.
   *
   * @param above the intermediates between this one (excluded) and the root (excluded), nearest
   *     first
   */
  public record Authority(
      X509Certificate certificate, PrivateKey key, List<X509Certificate> above) {

    /** An intermediate authority signed by this one. */
    public Authority intermediate(String commonName) {
      KeyPair keys = ecKeys("secp256r1");
      X509Certificate signed =
          new Leaf(this, commonName)
              .sign(TestCertificates.name(commonName), key, issuerName(), keys, true);
      return new Authority(signed, keys.getPrivate(), chainBelowRoot());
    }

    /** A P-256 leaf with these names, valid now; {@code sans} as in {@link Leaf#sans}. */
    public IssuedCertificate issueEc(String commonName, String... sans) {
      return leaf(commonName).sans(sans).issue();
    }

    /** An RSA 2048 leaf with these names, valid now. */
    public IssuedCertificate issueRsa(String commonName, String... sans) {
      return leaf(commonName).sans(sans).rsa(2048).issue();
    }

    /** A P-256 client certificate. */
    public IssuedCertificate issueClient(String commonName, String... sans) {
      return leaf(commonName).sans(sans).extendedKeyUsage(KeyPurposeId.id_kp_clientAuth).issue();
    }

    /** A leaf to be described further. */
    public Leaf leaf(String commonName) {
      return new Leaf(this, commonName);
    }

    /** A list of this authority, in force since an hour, of these revoked certificates. */
    public byte[] crl(Instant nextUpdate, X509Certificate... revoked) {
      return Revocation.crl(this, Instant.now().minus(Duration.ofHours(1)), nextUpdate, revoked);
    }

    /** A delta list of this authority that says so in an extension that is not critical. */
    public byte[] deltaCrl(Instant nextUpdate) {
      return Revocation.delta(this, Instant.now().minus(Duration.ofHours(1)), nextUpdate);
    }

    /** Writes {@code name.crl}, in PEM, current for a day. */
    public Path writeCrl(Path directory, String name, X509Certificate... revoked) {
      byte[] crl = crl(Instant.now().plus(Duration.ofDays(1)), revoked);
      return IssuedCertificate.write(
          directory.resolve(name + ".crl"), IssuedCertificate.pem("X509 CRL", crl));
    }

    /** An OCSP response of this authority that says good, in force since an hour. */
    public byte[] ocsp(X509Certificate about, Instant nextUpdate) {
      return Revocation.ocsp(this, about, nextUpdate, false);
    }

    /** An OCSP response of this authority that says revoked, current for a day. */
    public byte[] ocspRevoked(X509Certificate about) {
      return Revocation.ocsp(this, about, Instant.now().plus(Duration.ofDays(1)), true);
    }

    /** This authority's certificate as PEM. */
    public String pem() {
      return IssuedCertificate.pem("CERTIFICATE", IssuedCertificate.encoded(certificate));
    }

    /** Writes {@code name.crt}, a CA bundle of this one certificate. */
    public Path writePem(Path directory, String name) {
      return IssuedCertificate.write(directory.resolve(name + ".crt"), pem());
    }

    private boolean isRoot() {
      return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private List<X509Certificate> chainBelowRoot() {
      if (isRoot()) {
        return List.of();
      }
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(certificate);
      chain.addAll(above);
      return chain;
    }

    private X500Name issuerName() {
      return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }
  }

  /**
   * A leaf certificate being described: P-256, valid from yesterday for 90 days unless told
   * otherwise.
   */
  public static final class Leaf {
    private final @Nullable Authority issuer;
    private final String commonName;
    private @Nullable KeyPair keys;
    private Instant notBefore = Instant.now().minus(Duration.ofDays(1));
    private Instant notAfter = Instant.now().plus(Duration.ofDays(90));
    private final List<GeneralName> names = new ArrayList<>();
    private List<KeyPurposeId> purposes = List.of(KeyPurposeId.id_kp_serverAuth);
    private boolean keyUsage = true;

    private Leaf(@Nullable Authority issuer, String commonName) {
      this.issuer = issuer;
      this.commonName = commonName;
    }

    /** Subject alternative names: a URI where it has {@code ://}, an IP literal, else DNS. */
    public Leaf sans(String... sans) {
      for (String san : sans) {
        names.add(new GeneralName(kind(san), san));
      }
      return this;
    }

    private static int kind(String san) {
      if (san.contains("://")) {
        return GeneralName.uniformResourceIdentifier;
      }
      boolean ip = san.contains(":") || san.matches("[0-9]+(\\.[0-9]+){3}");
      return ip ? GeneralName.iPAddress : GeneralName.dNSName;
    }

    /** With an RSA key of that size. */
    public Leaf rsa(int bits) {
      return keys(rsaKeys(bits));
    }

    /** With an EC key on that curve. */
    public Leaf ec(String curve) {
      return keys(ecKeys(curve));
    }

    /** With that key. */
    public Leaf keys(KeyPair pair) {
      this.keys = pair;
      return this;
    }

    /** Valid between these. */
    public Leaf valid(Instant from, Instant until) {
      this.notBefore = from;
      this.notAfter = until;
      return this;
    }

    /** Expired yesterday. */
    public Leaf expired() {
      Instant now = Instant.now();
      return valid(now.minus(Duration.ofDays(10)), now.minus(Duration.ofDays(1)));
    }

    /** Exactly these purposes; none leaves the extension out. */
    public Leaf extendedKeyUsage(KeyPurposeId... only) {
      this.purposes = List.of(only);
      return this;
    }

    /** Without the key usage extension. */
    public Leaf withoutKeyUsage() {
      this.keyUsage = false;
      return this;
    }

    /** Signs it. */
    public IssuedCertificate issue() {
      KeyPair pair = keys == null ? ecKeys("secp256r1") : keys;
      X500Name subject = name(commonName);
      if (issuer == null) {
        X509Certificate own = sign(subject, pair.getPrivate(), subject, pair, false);
        return new IssuedCertificate(List.of(own), pair.getPrivate());
      }
      X509Certificate leaf = sign(subject, issuer.key(), issuer.issuerName(), pair, false);
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(leaf);
      chain.addAll(issuer.chainBelowRoot());
      if (chain.size() == 1) {
        // The root itself, so that the loader does not call the chain incomplete.
        chain.add(issuer.certificate());
      }
      return new IssuedCertificate(chain, pair.getPrivate());
    }

    private X509Certificate sign(
        X500Name subject, PrivateKey signer, X500Name issuerName, KeyPair pair, boolean authority) {
      try {
        JcaX509v3CertificateBuilder builder =
            new JcaX509v3CertificateBuilder(
                issuerName,
                new BigInteger(120, RANDOM),
                Date.from(notBefore),
                Date.from(notAfter),
                subject,
                pair.getPublic());
        extend(builder, authority);
        String algorithm =
            signer.getAlgorithm().toUpperCase(Locale.ROOT).startsWith("EC")
                ? "SHA256withECDSA"
                : "SHA256withRSA";
        return new JcaX509CertificateConverter()
            .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(signer)));
      } catch (OperatorCreationException | GeneralSecurityException | CertIOException e) {
        throw new IllegalStateException(e);
      }
    }

    private void extend(JcaX509v3CertificateBuilder builder, boolean authority)
        throws CertIOException {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (authority) {
        int usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        return;
      }
      if (keyUsage) {
        int usage = KeyUsage.digitalSignature | KeyUsage.keyEncipherment;
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      }
      if (!purposes.isEmpty()) {
        ExtendedKeyUsage usage = new ExtendedKeyUsage(purposes.toArray(new KeyPurposeId[0]));
        builder.addExtension(Extension.extendedKeyUsage, false, usage);
      }
      if (!names.isEmpty()) {
        GeneralNames all = new GeneralNames(names.toArray(new GeneralName[0]));
        builder.addExtension(Extension.subjectAlternativeName, false, all);
      }
    }
  }
}
