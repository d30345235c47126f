package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/** Certificates and keys on their way to BoringSSL, as the text that tcnative reads. */
final class NativePem {

  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private NativePem() {}

  /** One after the other. */
  static String of(List<X509Certificate> chain) throws CertificateEncodingException {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return text.toString();
  }

  /** PKCS #8. */
  static String of(PrivateKey key) {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  private static String pem(String type, byte[] der) {
    String content = LINES.encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + content + "\n-----END " + type + "-----\n";
  }

  /** What BoringSSL makes of the text; its owner frees it. */
  static long parse(String pem, NativeParser parser) throws Exception {
    byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
    ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length);
    long bio = 0;
    try {
      direct.writeBytes(bytes);
      bio = SSL.newMemBIO();
      if (SSL.bioWrite(bio, direct.memoryAddress(), bytes.length) != bytes.length) {
        throw new IllegalStateException("BoringSSL took a part of the bytes");
      }
      return parser.parse(bio);
    } finally {
      if (bio != 0) {
        SSL.freeBIO(bio);
      }
      // The pool must not keep a private key.
      direct.setZero(0, direct.capacity());
      direct.release();
    }
  }

  /** Makes a native object of what a BIO holds. */
  interface NativeParser {
    long parse(long bio) throws Exception;
  }
}
