package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The functions of OpenSSL 3's libcrypto that make RSA signatures, as the machine has it. Loaded
 * once and for good; thread-safe, as OpenSSL is.
 *
 * <p>Source: the manual pages of OpenSSL 3.0, EVP_DigestSignInit(3), EVP_PKEY_decrypt(3),
 * OPENSSL_init_crypto(3).
 */
final class LibCrypto {

  private static final String NAME = "libcrypto.so.3";

  /**
   * 3.0.4 writes past its buffers when it signs with RSA-2048 on processors with AVX-512 IFMA
   * (CVE-2022-2274): of the older ones none is used.
   */
  private static final long OLDEST_VERSION = 0x30000050L;

  /**
   * OPENSSL_INIT_NO_LOAD_CONFIG: the machine's openssl.cnf is written for others.
   * OPENSSL_INIT_NO_ATEXIT: at exit its threads may still be signing.
   */
  private static final long INIT_OPTIONS = 0x80L | 0x80000L;

  private final NativeCalls calls;
  private final long readKey;
  private final long freeKey;
  private final long newDigestContext;
  private final long copyDigestContext;
  private final long freeDigestContext;
  private final long fetchDigest;
  private final long freeDigest;
  private final long digestSignInit;
  private final long digestSign;
  private final long newKeyContext;
  private final long freeKeyContext;
  private final long decryptInit;
  private final long decrypt;
  private final long setPadding;
  private final long setSaltLength;
  private final long clearErrors;
  private final String version;

  private LibCrypto(NativeCalls calls) {
    this.calls = calls;
    call(find("OPENSSL_init_crypto"), INIT_OPTIONS, 0);
    readKey = find("d2i_AutoPrivateKey");
    freeKey = find("EVP_PKEY_free");
    newDigestContext = find("EVP_MD_CTX_new");
    copyDigestContext = find("EVP_MD_CTX_copy_ex");
    freeDigestContext = find("EVP_MD_CTX_free");
    fetchDigest = find("EVP_MD_fetch");
    freeDigest = find("EVP_MD_free");
    digestSignInit = find("EVP_DigestSignInit");
    digestSign = find("EVP_DigestSign");
    newKeyContext = find("EVP_PKEY_CTX_new");
    freeKeyContext = find("EVP_PKEY_CTX_free");
    decryptInit = find("EVP_PKEY_decrypt_init");
    decrypt = find("EVP_PKEY_decrypt");
    setPadding = find("EVP_PKEY_CTX_set_rsa_padding");
    setSaltLength = find("EVP_PKEY_CTX_set_rsa_pss_saltlen");
    clearErrors = find("ERR_clear_error");
    long number = calls.call(find("OpenSSL_version_num"), 0, 0, 0, 0, 0);
    if (number < OLDEST_VERSION) {
      throw new UnsuitableException(NAME + " has version 0x" + Long.toHexString(number));
    }
    version = (number >>> 28) + "." + (number >>> 20 & 0xff) + "." + (number >>> 4 & 0xff);
  }

  /** It is not the library that it should be. */
  static final class UnsuitableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnsuitableException(String message) {
      super(message);
    }
  }

  /** Loads it (blocking); empty where the machine has none, or none that will do. */
  static Optional<LibCrypto> load() {
    try {
      return NativeCalls.load(NAME).map(LibCrypto::new);
    } catch (UnsuitableException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether this processor has the instructions with which libcrypto outdoes BoringSSL, AVX-512
   * IFMA (blocking).
   *
   * @param cpuInfo {@code /proc/cpuinfo}
   */
  static boolean isFasterOn(Path cpuInfo) {
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .filter(line -> List.of(line.split("\\s+")).contains("avx512ifma"))
          .isPresent();
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private long find(String function) {
    long address = calls.find(function);
    if (address == 0) {
      throw new UnsuitableException(NAME + " has no " + function);
    }
    return address;
  }

  private long call(long function, long a, long b) {
    return calls.call(function, a, b, 0, 0, 0);
  }

  /** Such as {@code 3.0.15}. */
  String version() {
    return version;
  }

  /** A key of PKCS #8; its owner frees it. */
  long readKey(byte[] der) throws TlsSetupException {
    ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(Long.BYTES + der.length);
    try {
      memory.writeLongLE(memory.memoryAddress() + Long.BYTES).writeBytes(der);
      long key = calls.call(readKey, 0, memory.memoryAddress(), der.length, 0, 0);
      if (key == 0) {
        call(clearErrors, 0, 0);
        throw new TlsSetupException(
            "OpenSSL does not take the key", new IllegalStateException("d2i_AutoPrivateKey"));
      }
      return key;
    } finally {
      // The pool must not keep a private key.
      memory.setZero(0, memory.capacity());
      memory.release();
    }
  }

  void freeKey(long key) {
    call(freeKey, key, 0);
  }

  /** What one signature after the other is a copy of; its owner frees it. */
  long newSigning(long key, RsaSignature algorithm) {
    byte[] digestName = algorithm.digest().getBytes(StandardCharsets.US_ASCII);
    ByteBuf memory =
        PooledByteBufAllocator.DEFAULT.directBuffer(Long.BYTES + digestName.length + 1);
    long context = 0;
    long digest = 0;
    boolean complete = false;
    try {
      memory.writeZero(Long.BYTES).writeBytes(digestName).writeZero(1);
      long address = memory.memoryAddress();
      digest = calls.call(fetchDigest, 0, address + Long.BYTES, 0, 0, 0);
      context = call(newDigestContext, 0, 0);
      check(digest != 0 && context != 0, "no digest context");
      check(calls.call(digestSignInit, context, address, digest, 0, key), "EVP_DigestSignInit");
      long keyContext = memory.getLongLE(0);
      check(call(setPadding, keyContext, algorithm.padding()), "padding");
      if (algorithm.isPss()) {
        check(call(setSaltLength, keyContext, RsaSignature.SALT_OF_DIGEST), "salt length");
      }
      complete = true;
      return context;
    } finally {
      memory.release();
      call(freeDigest, digest, 0);
      if (!complete) {
        call(freeDigestContext, context, 0);
      }
    }
  }

  void freeSigning(long signing) {
    call(freeDigestContext, signing, 0);
  }

  /** The signature of these bytes, which is at most that long. */
  byte[] sign(long signing, byte[] input, int maxBytes) {
    long context = 0;
    ByteBuf memory =
        PooledByteBufAllocator.DEFAULT.directBuffer(Long.BYTES + maxBytes + input.length);
    try {
      context = call(newDigestContext, 0, 0);
      check(context != 0, "no digest context");
      check(call(copyDigestContext, context, signing), "EVP_MD_CTX_copy_ex");
      long address = memory.memoryAddress();
      memory.writeLongLE(maxBytes).writeZero(maxBytes).writeBytes(input);
      long output = address + Long.BYTES;
      check(
          calls.call(digestSign, context, output, address, output + maxBytes, input.length),
          "EVP_DigestSign");
      return output(memory);
    } finally {
      memory.release();
      call(freeDigestContext, context, 0);
    }
  }

  /** The RSA operation alone, no padding looked at; the answer is as long as the key. */
  byte[] decrypt(long key, byte[] input, int maxBytes) {
    long context = 0;
    ByteBuf memory =
        PooledByteBufAllocator.DEFAULT.directBuffer(Long.BYTES + maxBytes + input.length);
    try {
      context = call(newKeyContext, key, 0);
      check(context != 0, "no key context");
      check(call(decryptInit, context, 0), "EVP_PKEY_decrypt_init");
      check(call(setPadding, context, RsaSignature.NO_PADDING), "padding");
      long address = memory.memoryAddress();
      memory.writeLongLE(maxBytes).writeZero(maxBytes).writeBytes(input);
      long output = address + Long.BYTES;
      check(
          calls.call(decrypt, context, output, address, output + maxBytes, input.length),
          "EVP_PKEY_decrypt");
      return output(memory);
    } finally {
      // A premaster secret.
      memory.setZero(0, memory.capacity());
      memory.release();
      call(freeKeyContext, context, 0);
    }
  }

  private static byte[] output(ByteBuf memory) {
    byte[] output = new byte[(int) memory.getLongLE(0)];
    memory.getBytes(Long.BYTES, output);
    return output;
  }

  private void check(long answer, String what) {
    // An int, of which the upper half of the word says nothing; 1 is success.
    check((int) answer == 1, what);
  }

  private void check(boolean success, String what) {
    if (!success) {
      call(clearErrors, 0, 0);
      throw new IllegalStateException("OpenSSL failed: " + what);
    }
  }
}
