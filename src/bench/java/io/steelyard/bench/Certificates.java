package io.steelyard.bench;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The throw-away certificates that all balancers of a run share; self-signed, PEM. */
final class Certificates {

  /** The name in every certificate but those of {@link #many}. */
  static final String NAME = "bench.test";

  private static final Duration LIFE = Duration.ofDays(365);

  private Certificates() {}

  static CertificateFiles ecdsa(Path folder) {
    return write(folder, "ecdsa", NAME, keys(false), "SHA256withECDSA");
  }

  static CertificateFiles rsa(Path folder) {
    return write(folder, "rsa", NAME, keys(true), "SHA256withRSA");
  }

  /**
   * So many P-256 certificates for {@link #hostName}, of one key, so that they are made within
   * seconds; made once, and again before they end.
   */
  static Path many(Path cache, int count) {
    Path folder = cache.resolve("certificates-" + count);
    Path done = folder.resolve("done");
    try {
      if (Files.exists(done)
          && Files.getLastModifiedTime(done)
              .toInstant()
              .plus(LIFE.dividedBy(2))
              .isAfter(Instant.now())) {
        return folder;
      }
      KeyPair keys = keys(false);
      for (int number = 0; number < count; number++) {
        write(folder, Integer.toString(number), hostName(number), keys, "SHA256withECDSA");
      }
      Files.writeString(done, "");
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CertificateFiles ofMany(Path folder, int number) {
    return files(folder, Integer.toString(number));
  }

  static String hostName(int number) {
    return "host-" + number + "." + NAME;
  }

  private static KeyPair keys(boolean rsa) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(rsa ? "RSA" : "EC");
      if (rsa) {
        generator.initialize(2048);
      } else {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CertificateFiles files(Path folder, String file) {
    return new CertificateFiles(
        folder.resolve(file + ".crt"),
        folder.resolve(file + ".key"),
        folder.resolve(file + ".pem"));
  }

  private static CertificateFiles write(
      Path folder, String file, String name, KeyPair keys, String algorithm) {
    CertificateFiles files = files(folder, file);
    try {
      Files.createDirectories(folder);
      String certificate = pem(certificate(name, keys, algorithm));
      String key = pem(new JcaPKCS8Generator(keys.getPrivate(), null));
      Files.writeString(files.chain(), certificate);
      secret(files.key(), key);
      secret(files.both(), certificate + key);
      return files;
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make the certificate of " + name, e);
    }
  }

  private static void secret(Path file, String text) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text);
  }

  private static X509CertificateHolder certificate(String name, KeyPair keys, String algorithm)
      throws IOException, OperatorCreationException {
    X500Name subject = new X500Name("CN=" + name);
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
            subject,
            new BigInteger(63, new SecureRandom()),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(LIFE)),
            subject,
            keys.getPublic())
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, name)))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate()));
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
