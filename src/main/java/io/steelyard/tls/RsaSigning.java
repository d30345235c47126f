package io.steelyard.tls;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which keys sign with the machine's OpenSSL, and loads its library when the first does.
 * One for a process; thread-safe. Blocking.
 *
 * <p>Of use only where {@link NativeTlsHandler} carries clients' TLS.
 */
public final class RsaSigning {

  /** Why it cannot be had, for people. */
  private static final String MISSING = "this machine has no libcrypto.so.3 of 3.0.5 or later";

  private final RsaSigner asked;
  private final Supplier<Optional<LibCrypto>> loader;
  private final Path cpuInfo;

  /** Empty where none will do or none is of use, and before it has been looked for. */
  private Optional<LibCrypto> library = Optional.empty();

  private boolean hasLooked;

  /** Null until the first key. */
  private volatile @Nullable String inUse;

  /** With nothing loaded so far. */
  public RsaSigning(RsaSigner asked) {
    this(asked, LibCrypto::load, Path.of("/proc/cpuinfo"));
  }

  /** On a machine of a test's. */
  RsaSigning(RsaSigner asked, Supplier<Optional<LibCrypto>> loader, Path cpuInfo) {
    this.asked = asked;
    this.loader = loader;
    this.cpuInfo = cpuInfo;
  }

  /** All of it by BoringSSL. */
  public static RsaSigning byBoringSsl() {
    return new RsaSigning(RsaSigner.BORINGSSL);
  }

  /** Why the start is to fail; empty where it need not. Loads the library only where it must be. */
  public String unavailable() {
    return asked == RsaSigner.OPENSSL && library().isEmpty() ? MISSING : "";
  }

  /**
   * Who signs with that key in BoringSSL's place, for the caller to release; empty where BoringSSL
   * itself does.
   *
   * @throws TlsSetupException where OpenSSL must and cannot
   */
  Optional<OpenSslSigner> signer(PrivateKey key) throws TlsSetupException {
    if (!isWanted(key)) {
      return Optional.empty();
    }
    Optional<LibCrypto> found = library();
    if (found.isEmpty()) {
      return otherwise(new TlsSetupException("no OpenSSL", new IllegalStateException(MISSING)));
    }
    try {
      Optional<OpenSslSigner> signer = OpenSslSigner.of(found.get(), key);
      if (signer.isPresent()) {
        inUse = "OpenSSL " + found.get().version();
      }
      return signer;
    } catch (TlsSetupException refused) {
      return otherwise(refused);
    }
  }

  private Optional<OpenSslSigner> otherwise(TlsSetupException problem) throws TlsSetupException {
    if (asked == RsaSigner.OPENSSL) {
      throw problem;
    }
    return Optional.empty();
  }

  private boolean isWanted(PrivateKey key) {
    if (!(key instanceof RSAPrivateKey rsa)) {
      return false;
    }
    return switch (asked) {
      case BORINGSSL -> false;
      case OPENSSL -> true;
      case AUTO -> rsa.getModulus().bitLength() == OpenSslSigner.FASTER_BITS;
    };
  }

  private synchronized Optional<LibCrypto> library() {
    if (!hasLooked) {
      hasLooked = true;
      if (asked == RsaSigner.OPENSSL || LibCrypto.isFasterOn(cpuInfo)) {
        library = loader.get();
      }
    }
    return library;
  }

  /** Which library has got a key, such as {@code OpenSSL 3.0.15}; empty where none has. */
  public Optional<String> inUse() {
    return Optional.ofNullable(inUse);
  }
}
