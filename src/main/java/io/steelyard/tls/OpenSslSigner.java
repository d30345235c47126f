package io.steelyard.tls;

import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * An RSA key in the hands of the machine's OpenSSL, which signs with it. Thread-safe; shared by
 * whoever shows the certificate, and wiped with its last user.
 *
 * <p>Why: with AVX-512 IFMA OpenSSL 3.0 makes an RSA-2048 signature in 217 to 249 µs (469 µs
 * without these instructions), and a handshake takes 485 to 554 µs where it takes 718 to 773 µs
 * with BoringSSL's own code (measured in memory, both sides in one thread).
 */
final class OpenSslSigner extends Shared {

  /** The only size for which OpenSSL 3.0 uses AVX-512 IFMA; 3072 bits take as long as ever. */
  static final int FASTER_BITS = 2048;

  private final LibCrypto library;
  private final long key;
  private final int bytes;

  /** One for each way to sign, made on first use; OpenSSL only reads them. */
  private final AtomicLongArray signings = new AtomicLongArray(RsaSignature.values().length);

  private OpenSslSigner(LibCrypto library, long key, int bytes) {
    this.library = library;
    this.key = key;
    this.bytes = bytes;
  }

  /**
   * Hands a key over; the caller releases the signer.
   *
   * @return empty where it is none of RSA that lies open
   * @throws TlsSetupException where OpenSSL does not take it
   */
  static Optional<OpenSslSigner> of(LibCrypto library, PrivateKey key) throws TlsSetupException {
    if (!(key instanceof RSAPrivateKey rsa) || !key.getAlgorithm().equals("RSA")) {
      return Optional.empty();
    }
    byte[] encoded = key.getEncoded();
    if (encoded == null) {
      return Optional.empty();
    }
    int bytes = (rsa.getModulus().bitLength() + Byte.SIZE - 1) / Byte.SIZE;
    try {
      return Optional.of(new OpenSslSigner(library, library.readKey(encoded), bytes));
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  /**
   * Signs what is not hashed yet.
   *
   * @throws IllegalStateException where OpenSSL fails, such as for want of memory
   */
  byte[] sign(RsaSignature algorithm, byte[] input) {
    return library.sign(signing(algorithm), input, bytes);
  }

  /**
   * Decrypts a premaster secret of TLS 1.2's RSA key exchange, and leaves its padding to BoringSSL.
   *
   * @throws IllegalStateException where OpenSSL fails
   */
  byte[] decrypt(byte[] input) {
    return library.decrypt(key, input, bytes);
  }

  private long signing(RsaSignature algorithm) {
    int at = algorithm.ordinal();
    long known = signings.get(at);
    if (known != 0) {
      return known;
    }
    long fresh = library.newSigning(key, algorithm);
    if (signings.compareAndSet(at, 0, fresh)) {
      return fresh;
    }
    library.freeSigning(fresh);
    return signings.get(at);
  }

  @Override
  protected void destroy() {
    for (int i = 0; i < signings.length(); i++) {
      library.freeSigning(signings.getAndSet(i, 0));
    }
    library.freeKey(key);
  }

  @Override
  public String toString() {
    return "RSA key of " + bytes * Byte.SIZE + " bits in OpenSSL " + library.version();
  }
}
