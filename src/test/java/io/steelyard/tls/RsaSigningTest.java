package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which keys are for OpenSSL, on machines that have none: what it does is OpenSslHandshakeIT's. */
class RsaSigningTest {

  private static final PrivateKey RSA = TestCertificates.rsaKeys(2048).getPrivate();
  private static final PrivateKey LARGER = TestCertificates.rsaKeys(3072).getPrivate();
  private static final PrivateKey CURVE = TestCertificates.ecKeys("secp256r1").getPrivate();

  @TempDir Path directory;
  private final AtomicInteger loads = new AtomicInteger();

  private RsaSigning on(String flags, RsaSigner asked) throws IOException {
    Path cpuInfo = Files.writeString(directory.resolve("cpuinfo"), "flags\t: " + flags + "\n");
    return new RsaSigning(asked, this::nothing, cpuInfo);
  }

  private Optional<LibCrypto> nothing() {
    loads.incrementAndGet();
    return Optional.empty();
  }

  @Test
  void auto_slowProcessor_loadsNothing() throws Exception {
    RsaSigning signing = on("fpu avx512f", RsaSigner.AUTO);
    assertThat(signing.signer(RSA)).isEmpty();
    assertThat(signing.unavailable()).isEmpty();
    assertThat(loads).hasValue(0);
  }

  @Test
  void auto_otherKeys_loadNothing() throws Exception {
    RsaSigning signing = on("fpu avx512ifma", RsaSigner.AUTO);
    assertThat(signing.signer(LARGER)).isEmpty();
    assertThat(signing.signer(CURVE)).isEmpty();
    assertThat(signing.unavailable()).isEmpty();
    assertThat(loads).hasValue(0);
  }

  @Test
  void auto_libraryMissing_leavesItToBoringSsl() throws Exception {
    RsaSigning signing = on("fpu avx512ifma", RsaSigner.AUTO);
    assertThat(signing.signer(RSA)).isEmpty();
    assertThat(signing.signer(RSA)).isEmpty();
    assertThat(loads).as("asked once").hasValue(1);
    assertThat(signing.inUse()).isEmpty();
  }

  @Test
  void openSsl_libraryMissing_isAProblemBeforeAndWithAKey() throws Exception {
    RsaSigning signing = on("fpu", RsaSigner.OPENSSL);
    assertThat(signing.unavailable()).contains("libcrypto.so.3");
    assertThatThrownBy(() -> signing.signer(RSA))
        .isInstanceOf(TlsSetupException.class)
        .hasMessageContaining("libcrypto.so.3");
    assertThat(signing.signer(CURVE)).isEmpty();
  }

  @Test
  void boringSsl_anyKey_loadsNothing() throws Exception {
    RsaSigning signing = on("fpu avx512ifma", RsaSigner.BORINGSSL);
    assertThat(signing.signer(RSA)).isEmpty();
    assertThat(signing.unavailable()).isEmpty();
    assertThat(loads).hasValue(0);
  }
}
