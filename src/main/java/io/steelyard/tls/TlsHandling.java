package io.steelyard.tls;

import java.util.Locale;

/** Who carries a client's TLS, from its ClientHello on. */
public enum TlsHandling {
  /** Netty's SslHandler. */
  NETTY,
  /**
   * {@link NativeTlsHandler}: straight between socket buffers and BoringSSL, each direction ending
   * by itself. With the JDK's engine the same as {@link #NETTY}.
   */
  NATIVE;

  /** As settings write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What comes of it with that engine. */
  public TlsHandling of(TlsEngine engine) {
    return engine == TlsEngine.JDK ? NETTY : this;
  }
}
