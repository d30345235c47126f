package io.steelyard.tls;

/** Who carries a client's TLS, from its ClientHello on. */
public enum TlsHandling {
  /** Netty's SslHandler. */
  NETTY,
  /**
   * {@link NativeTlsHandler}: straight between socket buffers and BoringSSL, each direction ending
   * by itself. With the JDK's engine the same as {@link #NETTY}.
   */
  NATIVE
}
