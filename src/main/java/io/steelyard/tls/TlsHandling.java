package io.steelyard.tls;

/** Who carries a client's TLS records once its handshake is done. */
public enum TlsHandling {
  /** Netty's SslHandler, as during the handshake. */
  NETTY,
  /**
   * {@link NativeTlsHandler}: straight between socket buffers and BoringSSL, each direction ending
   * by itself. With the JDK's engine the same as {@link #NETTY}.
   */
  NATIVE
}
