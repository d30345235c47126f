package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.testkit.TestCertificates;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the machine's libcrypto signs, the JDK verifies. Needs OpenSSL 3. */
class OpenSslSignerIT {

  private static final KeyPair KEYS = TestCertificates.rsaKeys(OpenSslSigner.FASTER_BITS);

  private final LibCrypto library = LibCrypto.load().orElseThrow();
  private final OpenSslSigner signer = signer(KEYS.getPrivate());

  @AfterEach
  void release() {
    signer.release();
  }

  private OpenSslSigner signer(PrivateKey key) {
    try {
      return OpenSslSigner.of(library, key).orElseThrow();
    } catch (TlsSetupException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(RsaSignature.class)
  void sign_everyWay_isVerifiedByTheJdk(RsaSignature algorithm) throws Exception {
    for (int length : new int[] {0, 1, 130, 64 * 1024}) {
      byte[] input = new byte[length];
      new Random(length).nextBytes(input);

      assertThat(isRight(KEYS, algorithm, input, signer.sign(algorithm, input))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2047, 3072, 4096})
  void sign_keyOfAnySize_isVerifiedByTheJdk(int bits) throws Exception {
    KeyPair keys = TestCertificates.rsaKeys(bits);
    try (OpenSslSigner other = signer(keys.getPrivate())) {
      byte[] signature = other.sign(RsaSignature.PSS_SHA256, new byte[130]);

      assertThat(signature).hasSize((bits + 7) / 8);
      assertThat(isRight(keys, RsaSignature.PSS_SHA256, new byte[130], signature)).isTrue();
    }
  }

  @Test
  void sign_manyThreads_areAllRight() throws Exception {
    List<Future<Boolean>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 400; i++) {
        byte[] input = BigInteger.valueOf(i).toByteArray();
        RsaSignature algorithm = RsaSignature.values()[i % RsaSignature.values().length];
        all.add(
            threads.submit(() -> isRight(KEYS, algorithm, input, signer.sign(algorithm, input))));
      }
      for (Future<Boolean> one : all) {
        assertThat(one.get()).isTrue();
      }
    }
  }

  @Test
  void decrypt_aPremasterSecret_leavesThePaddingAsItIs() throws Exception {
    byte[] block = new byte[OpenSslSigner.FASTER_BITS / Byte.SIZE];
    block[1] = 2;
    block[block.length - 1] = 7;
    Cipher encrypting = Cipher.getInstance("RSA/ECB/NoPadding");
    encrypting.init(Cipher.ENCRYPT_MODE, KEYS.getPublic());

    assertThat(signer.decrypt(encrypting.doFinal(block))).isEqualTo(block);
  }

  @Test
  void decrypt_moreThanTheModulus_failsAndSigningGoesOn() throws Exception {
    byte[] tooMuch = new byte[OpenSslSigner.FASTER_BITS / Byte.SIZE];
    Arrays.fill(tooMuch, (byte) 0xff);

    assertThatThrownBy(() -> signer.decrypt(tooMuch)).isInstanceOf(IllegalStateException.class);
    byte[] signature = signer.sign(RsaSignature.PSS_SHA256, tooMuch);
    assertThat(isRight(KEYS, RsaSignature.PSS_SHA256, tooMuch, signature)).isTrue();
  }

  @Test
  void of_aKeyOfAnotherKind_isNotTaken() throws Exception {
    PrivateKey curve = TestCertificates.ecKeys("secp256r1").getPrivate();

    assertThat(OpenSslSigner.of(library, curve)).isEmpty();
  }

  @Test
  void of_aKeyThatIsNone_isTold() {
    assertThatThrownBy(
            () -> OpenSslSigner.of(library, new Broken((RSAPrivateKey) KEYS.getPrivate())))
        .isInstanceOf(TlsSetupException.class);
  }

  @Test
  void version_ofTheLibrary_isOneThatSignsRight() {
    assertThat(library.version()).matches("3\\.\\d+\\.\\d+").isNotEqualTo("3.0.4");
  }

  private static boolean isRight(
      KeyPair keys, RsaSignature algorithm, byte[] input, byte[] signature)
      throws GeneralSecurityException {
    Signature verifying = Signature.getInstance(jdkName(algorithm));
    if (algorithm.isPss()) {
      String digest = algorithm.digest().replace("SHA", "SHA-");
      int salt = Integer.parseInt(digest.substring(4)) / Byte.SIZE;
      verifying.setParameter(
          new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), salt, 1));
    }
    if (algorithm == RsaSignature.PKCS1_MD5_SHA1) {
      return isRightMd5Sha1(keys, input, signature);
    }
    verifying.initVerify(keys.getPublic());
    verifying.update(input);
    return verifying.verify(signature);
  }

  private static String jdkName(RsaSignature algorithm) {
    if (algorithm == RsaSignature.PKCS1_MD5_SHA1) {
      return "NONEwithRSA";
    }
    return algorithm.isPss() ? "RSASSA-PSS" : algorithm.digest() + "withRSA";
  }

  /** The two digests one after the other, without a name, RFC 4346 §4.7. */
  private static boolean isRightMd5Sha1(KeyPair keys, byte[] input, byte[] signature)
      throws GeneralSecurityException {
    Cipher opening = Cipher.getInstance("RSA/ECB/PKCS1Padding");
    opening.init(Cipher.DECRYPT_MODE, keys.getPublic());
    byte[] md5 = MessageDigest.getInstance("MD5").digest(input);
    byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(input);
    byte[] both = Arrays.copyOf(md5, md5.length + sha1.length);
    System.arraycopy(sha1, 0, both, md5.length, sha1.length);
    return Arrays.equals(opening.doFinal(signature), both);
  }

  /** Says that it is an RSA key, and is none. */
  private record Broken(RSAPrivateKey like) implements RSAPrivateKey {
    @Override
    public BigInteger getPrivateExponent() {
      return like.getPrivateExponent();
    }

    @Override
    public BigInteger getModulus() {
      return like.getModulus();
    }

    @Override
    public String getAlgorithm() {
      return "RSA";
    }

    @Override
    public String getFormat() {
      return "PKCS#8";
    }

    @Override
    public byte[] getEncoded() {
      return new byte[] {0x30, 3, 2, 1, 0};
    }
  }
}
