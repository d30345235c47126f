package io.steelyard.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.MiscPEMGenerator;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.util.io.pem.PemGenerationException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemObjectGenerator;

/**
 * A leaf with its chain and key, and the files it can be written to.
 *
 * @param chain leaf first
 */
public record IssuedCertificate(List<X509Certificate> chain, PrivateKey key) {

  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

  /** The leaf. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** The chain as PEM, leaf first. */
  public String chainPem() {
    StringBuilder text = new StringBuilder();
    chain.forEach(certificate -> text.append(pem("CERTIFICATE", encoded(certificate))));
    return text.toString();
  }

  /** The key as PEM, PKCS#8 without encryption. */
  public String keyPem() {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  /** Writes {@code name.crt} and {@code name.key} (PKCS#8), the key readable by its owner only. */
  public Paths writePem(Path directory, String name) {
    return files(directory, name, keyPem());
  }

  /** The key in its traditional form: PKCS#1 for RSA, SEC1 for EC. */
  public Paths writeTraditional(Path directory, String name) {
    return files(directory, name, objectPem(() -> new MiscPEMGenerator(traditional()).generate()));
  }

  /**
   * The key in its traditional form, encrypted as OpenSSL did of old ({@code Proc-Type:
   * 4,ENCRYPTED}).
   */
  public Paths writeLegacyEncrypted(Path directory, String name, String password) {
    var encryptor =
        new JcePEMEncryptorBuilder("AES-256-CBC")
            .setProvider(PROVIDER)
            .build(password.toCharArray());
    return files(
        directory,
        name,
        objectPem(() -> new MiscPEMGenerator(traditional(), encryptor).generate()));
  }

  /**
   * The traditional form of an EC key must name its curve, which PKCS#8 keeps outside (RFC 5915
   * §3).
   */
  private PrivateKeyInfo traditional() throws PemGenerationException {
    try {
      PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
      if (!(key instanceof java.security.interfaces.ECPrivateKey ec)) {
        return info;
      }
      int bits = ec.getParams().getOrder().bitLength();
      var curve = info.getPrivateKeyAlgorithm().getParameters();
      return new PrivateKeyInfo(
          info.getPrivateKeyAlgorithm(), new ECPrivateKey(bits, ec.getS(), curve));
    } catch (IOException e) {
      throw new PemGenerationException("traditional form", e);
    }
  }

  /** The key as PKCS#8, encrypted (PBES2, AES-256). */
  public Paths writeEncryptedPkcs8(Path directory, String name, String password) {
    try {
      var encryptor =
          new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
              .setProvider(PROVIDER)
              .setPassword(password.toCharArray())
              .build();
      return files(directory, name, objectPem(new JcaPKCS8Generator(key, encryptor)));
    } catch (OperatorCreationException | PemGenerationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes {@code name.p12} with one key entry. */
  public Path writePkcs12(Path directory, String name, String password) {
    Path file = directory.resolve(name + ".p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      char[] secret = password.toCharArray();
      store.setKeyEntry("leaf", key, secret, chain.toArray(new X509Certificate[0]));
      store.store(out, secret);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    ownerOnly(file);
    return file;
  }

  private Paths files(Path directory, String name, String keyText) {
    Path chainFile = write(directory.resolve(name + ".crt"), chainPem());
    Path keyFile = write(directory.resolve(name + ".key"), keyText);
    ownerOnly(keyFile);
    return new Paths(chainFile, keyFile);
  }

  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String pem(String type, byte[] der) {
    return objectPem(() -> new PemObject(type, der));
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String objectPem(PemObjectGenerator object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void ownerOnly(Path file) {
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The two files of a certificate. */
  public record Paths(Path chain, Path key) {}
}
