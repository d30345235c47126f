package io.steelyard.tls;

import java.util.Locale;

/** Who makes the signatures of RSA keys in clients' handshakes: a process setting. */
public enum RsaSigner {
  /** The machine's OpenSSL where it is faster: with AVX-512 IFMA, for keys of 2048 bits. */
  AUTO,
  /** The library that does everything else, too. */
  BORINGSSL,
  /** The machine's OpenSSL, for RSA keys of every size. */
  OPENSSL;

  /** As settings write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
