package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECPrivateKeySpec;
import org.junit.jupiter.api.Test;

class NativeCredentialTest {

  private static final IssuedCertificate ONE =
      TestCertificates.selfSigned("www", "www.example.com").issue();
  private static final IssuedCertificate OTHER =
      TestCertificates.selfSigned("www", "www.example.com").issue();

  @Test
  void isPair_keyWithoutItsPublicPoint_isComputed() throws GeneralSecurityException {
    assertThat(KeyIdentifiers.carriesPublicKey(bare(ONE.key()), ONE.leaf())).isEmpty();
    assertThat(NativeCredential.isPair(bare(ONE.key()), ONE.leaf())).isTrue();
    assertThat(NativeCredential.isPair(bare(OTHER.key()), ONE.leaf())).isFalse();
  }

  @Test
  void isPair_otherKindOfKey_isNone() {
    assertThat(NativeCredential.isPair(TestCertificates.rsaKeys(2048).getPrivate(), ONE.leaf()))
        .isFalse();
  }

  /** As the JDK writes one. */
  private static PrivateKey bare(PrivateKey key) throws GeneralSecurityException {
    ECPrivateKey own = (ECPrivateKey) key;
    return KeyFactory.getInstance("EC", "SunEC")
        .generatePrivate(new ECPrivateKeySpec(own.getS(), own.getParams()));
  }
}
