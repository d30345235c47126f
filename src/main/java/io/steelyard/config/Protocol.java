package io.steelyard.config;

/** What a listener speaks to its clients. */
public enum Protocol {
  /**
   * Passthrough: bytes are relayed as they are, optionally routed by the ClientHello's SNI and
   * ALPN.
   */
  TCP,
  /** TLS is terminated, the plaintext stream is relayed. */
  TCPSSL
}
