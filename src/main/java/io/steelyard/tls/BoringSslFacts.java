package io.steelyard.tls;

import io.netty.internal.tcnative.SSL;
import io.steelyard.wire.ServerHelloReader;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a connection of BoringSSL's knows of its handshake, once it is done. */
final class BoringSslFacts {

  private BoringSslFacts() {}

  /** Out of our own ServerHello: each question to tcnative would make a string. */
  static String version(ServerHelloReader hello) {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      if (version.code() == hello.version()) {
        return version.text();
      }
    }
    return String.format(Locale.ROOT, "0x%04x", hello.version());
  }

  /** Its IANA name. */
  static String cipher(long ssl, ServerHelloReader hello) {
    CipherSuite suite = CipherSuite.numbered(hello.cipherSuite());
    return suite == null ? SSL.getCipherForSSL(ssl) : suite.ianaName();
  }

  /** The empty string where none was agreed. */
  static String alpn(long ssl) {
    String chosen = SSL.getAlpnSelected(ssl);
    return chosen == null ? "" : chosen;
  }

  /** Leaf first; empty where the client showed none. They were verified when it did. */
  static List<X509Certificate> clientCertificates(long ssl) {
    byte[] leaf = SSL.getPeerCertificate(ssl);
    if (leaf == null) {
      return List.of();
    }
    List<byte[]> chain = new ArrayList<>();
    chain.add(leaf);
    byte[][] above = SSL.getPeerCertChain(ssl);
    if (above != null) {
      chain.addAll(List.of(above));
    }
    try {
      return NativeVerifier.parse(chain);
    } catch (CertificateException e) {
      throw new IllegalStateException("a verified certificate cannot be read", e);
    }
  }
}
