package io.steelyard.tls;

import java.util.Optional;

/** A way to sign with an RSA key in TLS, and how OpenSSL is told of it. */
enum RsaSignature {
  /** TLS 1.0 and 1.1; BoringSSL's own number. */
  PKCS1_MD5_SHA1(0xff01, "MD5-SHA1", false),
  PKCS1_SHA1(0x0201, "SHA1", false),
  PKCS1_SHA256(0x0401, "SHA256", false),
  PKCS1_SHA384(0x0501, "SHA384", false),
  PKCS1_SHA512(0x0601, "SHA512", false),
  PSS_SHA256(0x0804, "SHA256", true),
  PSS_SHA384(0x0805, "SHA384", true),
  PSS_SHA512(0x0806, "SHA512", true);

  /** RSA_PSS_SALTLEN_DIGEST: the salt is as long as the digest, RFC 8446 §4.2.3. */
  static final long SALT_OF_DIGEST = -1;

  /** RSA_NO_PADDING. */
  static final long NO_PADDING = 3;

  /** RSA_PKCS1_PADDING. */
  private static final long PKCS1_PADDING = 1;

  /** RSA_PKCS1_PSS_PADDING. */
  private static final long PSS_PADDING = 6;

  private final int scheme;
  private final String digest;
  private final boolean isPss;

  RsaSignature(int scheme, String digest, boolean isPss) {
    this.scheme = scheme;
    this.digest = digest;
    this.isPss = isPss;
  }

  /** That of a SignatureScheme, RFC 8446 §4.2.3. */
  static Optional<RsaSignature> of(int scheme) {
    for (RsaSignature signature : values()) {
      if (signature.scheme == scheme) {
        return Optional.of(signature);
      }
    }
    return Optional.empty();
  }

  int scheme() {
    return scheme;
  }

  /** As OpenSSL names it. */
  String digest() {
    return digest;
  }

  boolean isPss() {
    return isPss;
  }

  /** OpenSSL's number of the padding. */
  long padding() {
    return isPss ? PSS_PADDING : PKCS1_PADDING;
  }
}
