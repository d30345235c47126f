package io.steelyard.tls;

/** Which TLS implementation carries the handshakes and records. Skeleton. */
public enum TlsEngine {
  /** BoringSSL through netty-tcnative: the engine. */
  BORINGSSL,
  /** The JDK's own: a fallback by setting. */
  JDK;

  /** Why it cannot be loaded on this machine, or the empty string. The first call loads it (blocking). */
  public String unavailable() {
    throw new UnsupportedOperationException();
  }

  /** For people: {@code BoringSSL (netty-tcnative 2.0.78)}, {@code JDK 25.0.3}. */
  public String description() {
    throw new UnsupportedOperationException();
  }
}
