package io.steelyard.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.EncryptionException;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * PEM text to certificates and keys. Bouncy Castle's lightweight API takes the wrapping and the
 * encryption off, the JDK makes the keys: no security provider is registered.
 */
final class PemFiles {

  private PemFiles() {}

  /** Every certificate of the text in its order; other blocks are passed over. */
  static List<X509Certificate> certificates(byte[] text)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    try (PemReader reader = new PemReader(reader(text))) {
      for (PemObject block = reader.readPemObject();
          block != null;
          block = reader.readPemObject()) {
        String type = block.getType();
        if (type.equals("CERTIFICATE") || type.equals("X509 CERTIFICATE")) {
          var content = new ByteArrayInputStream(block.getContent());
          found.add((X509Certificate) factory.generateCertificate(content));
        }
      }
    }
    return found;
  }

  /**
   * The first private key of the text: PKCS#1, SEC1, PKCS#8, or one of them encrypted.
   *
   * @param password empty where there is none
   * @throws PasswordMissing where it is encrypted and there is none
   * @throws WrongPassword where the password does not open it
   */
  static Optional<PrivateKey> privateKey(byte[] text, char[] password)
      throws IOException, GeneralSecurityException {
    try (PEMParser parser = new PEMParser(reader(text))) {
      for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
        Optional<PrivateKeyInfo> key = keyOf(block, password);
        if (key.isPresent()) {
          return Optional.of(toKey(key.get()));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<PrivateKeyInfo> keyOf(Object block, char[] password) throws IOException {
    return switch (block) {
      case PrivateKeyInfo info -> Optional.of(info);
      case PEMKeyPair pair -> Optional.of(pair.getPrivateKeyInfo());
      case PEMEncryptedKeyPair pair -> Optional.of(decrypt(pair, password));
      case PKCS8EncryptedPrivateKeyInfo info -> Optional.of(decrypt(info, password));
      default -> Optional.empty();
    };
  }

  private static PrivateKeyInfo decrypt(PEMEncryptedKeyPair pair, char[] password)
      throws IOException {
    requirePassword(password);
    // OpenSSL hashes the password's bytes; Bouncy Castle takes the low byte of each character.
    byte[] bytes = new String(password).getBytes(StandardCharsets.UTF_8);
    char[] wide = new String(bytes, StandardCharsets.ISO_8859_1).toCharArray();
    try {
      return pair.decryptKeyPair(new BcPEMDecryptorProvider(wide)).getPrivateKeyInfo();
    } catch (EncryptionException e) {
      throw new WrongPassword();
    } catch (PEMException e) {
      // The padding may happen to fit; then what was decrypted is no key.
      throw new WrongPassword();
    }
  }

  private static PrivateKeyInfo decrypt(PKCS8EncryptedPrivateKeyInfo info, char[] password)
      throws IOException {
    requirePassword(password);
    try {
      return info.decryptPrivateKeyInfo(new PasswordDecryptor(password));
    } catch (PKCSException | IllegalStateException e) {
      throw new WrongPassword();
    }
  }

  private static PrivateKey toKey(PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(info.getEncoded());
    if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return KeyFactory.getInstance("RSA").generatePrivate(spec);
    }
    if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return KeyFactory.getInstance("EC").generatePrivate(spec);
    }
    throw new GeneralSecurityException("neither an RSA nor an EC key");
  }

  private static void requirePassword(char[] password) throws PasswordMissing {
    if (password.length == 0) {
      throw new PasswordMissing();
    }
  }

  static Reader reader(byte[] text) {
    return new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8);
  }

  /** The key is encrypted and no password was given. */
  static final class PasswordMissing extends IOException {
    private static final long serialVersionUID = 1;
  }

  /** The password does not open the key. */
  static final class WrongPassword extends IOException {
    private static final long serialVersionUID = 1;
  }
}
