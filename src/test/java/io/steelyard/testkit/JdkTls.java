package io.steelyard.testkit;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS contexts of the JDK, the peer on both sides of every scenario. */
public final class JdkTls {

  private static final char[] NO_PASSWORD = new char[0];

  private JdkTls() {}

  /** A client's context that trusts that authority alone. */
  public static SSLContext trusting(TestCertificates.Authority authority) {
    return context(null, authority);
  }

  /** A client's context that also shows a certificate. */
  public static SSLContext presenting(
      IssuedCertificate certificate, TestCertificates.Authority trusted) {
    return context(certificate, trusted);
  }

  /** A server's context; it asks clients for nothing. */
  public static SSLContext serving(IssuedCertificate certificate) {
    return context(certificate, null);
  }

  private static SSLContext context(
      @Nullable IssuedCertificate own, TestCertificates.@Nullable Authority trusted) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own == null ? null : keys(own), trusted == null ? null : anchors(trusted), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyManager[] keys(IssuedCertificate own)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    store.setKeyEntry("own", own.key(), NO_PASSWORD, own.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager[] anchors(TestCertificates.Authority trusted)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    store.setCertificateEntry("ca", trusted.certificate());
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
