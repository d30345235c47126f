package io.steelyard.tls;

import java.io.InputStream;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.io.CipherInputStream;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.operator.InputDecryptor;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.bc.BcPKCS12PBEInputDecryptorProviderBuilder;

/**
 * Opens PKCS#8 keys that a password encrypts: PBES2 (RFC 8018: PBKDF2 or, RFC 7914, scrypt; AES or
 * triple DES in CBC mode), which OpenSSL has written since 1.1, and PKCS#12's own schemes. Bouncy
 * Castle has PBES2 only behind a security provider, whose classes are found by reflection; this is
 * the same with its lightweight parts.
 */
final class PasswordDecryptor implements InputDecryptorProvider {

  private final char[] password;

  PasswordDecryptor(char[] password) {
    this.password = password;
  }

  @Override
  public InputDecryptor get(AlgorithmIdentifier algorithm) throws OperatorCreationException {
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
      return new BcPKCS12PBEInputDecryptorProviderBuilder(new SHA1Digest())
          .build(password)
          .get(algorithm);
    }
    PBES2Parameters scheme = PBES2Parameters.getInstance(algorithm.getParameters());
    EncryptionScheme encryption = scheme.getEncryptionScheme();
    Cipher cipher = cipher(encryption.getAlgorithm());
    byte[] iv = ASN1OctetString.getInstance(encryption.getParameters()).getOctets();
    KeyParameter key = deriveKey(scheme.getKeyDerivationFunc(), cipher.keyBytes());
    PaddedBufferedBlockCipher blocks =
        new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(cipher.engine()));
    blocks.init(false, new ParametersWithIV(key, iv));
    return new Decryptor(algorithm, blocks);
  }

  private KeyParameter deriveKey(KeyDerivationFunc function, int keyBytes)
      throws OperatorCreationException {
    byte[] secret = utf8();
    try {
      if (function.getAlgorithm().equals(MiscObjectIdentifiers.id_scrypt)) {
        ScryptParams params = ScryptParams.getInstance(function.getParameters());
        return new KeyParameter(
            SCrypt.generate(
                secret,
                params.getSalt(),
                params.getCostParameter().intValueExact(),
                params.getBlockSize().intValueExact(),
                params.getParallelizationParameter().intValueExact(),
                keyBytes));
      }
      PBKDF2Params params = PBKDF2Params.getInstance(function.getParameters());
      PKCS5S2ParametersGenerator generator =
          new PKCS5S2ParametersGenerator(digest(params.getPrf().getAlgorithm()));
      generator.init(secret, params.getSalt(), params.getIterationCount().intValueExact());
      return (KeyParameter) generator.generateDerivedParameters(keyBytes * 8);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private byte[] utf8() {
    var bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
    byte[] secret = new byte[bytes.remaining()];
    bytes.get(secret);
    return secret;
  }

  private static Digest digest(ASN1ObjectIdentifier prf) throws OperatorCreationException {
    if (prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA1)) {
      return new SHA1Digest();
    }
    if (prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA256)) {
      return SHA256Digest.newInstance();
    }
    if (prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA384)) {
      return new SHA384Digest();
    }
    if (prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA512)) {
      return new SHA512Digest();
    }
    throw new OperatorCreationException("unknown function to derive the key: " + prf);
  }

  private static Cipher cipher(ASN1ObjectIdentifier id) throws OperatorCreationException {
    if (id.equals(NISTObjectIdentifiers.id_aes128_CBC)) {
      return new Cipher(AESEngine.newInstance(), 16);
    }
    if (id.equals(NISTObjectIdentifiers.id_aes192_CBC)) {
      return new Cipher(AESEngine.newInstance(), 24);
    }
    if (id.equals(NISTObjectIdentifiers.id_aes256_CBC)) {
      return new Cipher(AESEngine.newInstance(), 32);
    }
    if (id.equals(PKCSObjectIdentifiers.des_EDE3_CBC)) {
      return new Cipher(new DESedeEngine(), 24);
    }
    throw new OperatorCreationException("unknown cipher: " + id);
  }

  private record Cipher(BlockCipher engine, int keyBytes) {}

  private record Decryptor(AlgorithmIdentifier algorithm, PaddedBufferedBlockCipher blocks)
      implements InputDecryptor {
    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return algorithm;
    }

    @Override
    public InputStream getInputStream(InputStream encrypted) {
      return new CipherInputStream(encrypted, blocks);
    }
  }
}
