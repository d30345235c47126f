package io.steelyard.admin;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Whether a key is the one of its certificate: tried, because each kind would be compared
 * otherwise.
 */
final class KeyPairCheck {

  private static final byte[] WORDS = {1, 2, 3, 4};

  private KeyPairCheck() {}

  static void check(X509ExtendedKeyManager keys) throws GeneralSecurityException {
    for (String kind : new String[] {"RSA", "EC", "EdDSA"}) {
      String[] aliases = keys.getServerAliases(kind, null);
      if (aliases != null && aliases.length > 0) {
        PublicKey certified = keys.getCertificateChain(aliases[0])[0].getPublicKey();
        if (!signs(kind, keys.getPrivateKey(aliases[0]), certified)) {
          throw new GeneralSecurityException("the key is not the certificate's");
        }
        return;
      }
    }
    throw new GeneralSecurityException("no RSA, EC or EdDSA certificate with its key");
  }

  private static boolean signs(String kind, PrivateKey key, PublicKey certified) {
    try {
      Signature signature =
          Signature.getInstance(
              switch (kind) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "EdDSA";
              });
      signature.initSign(key);
      signature.update(WORDS);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(WORDS);
      return signature.verify(signed);
    } catch (GeneralSecurityException otherKey) {
      return false;
    }
  }
}
