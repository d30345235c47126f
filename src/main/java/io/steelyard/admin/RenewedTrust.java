package io.steelyard.admin;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trust anchors for client certificates that can be exchanged while servers use them. */
final class RenewedTrust implements X509TrustManager {

  private volatile @Nullable X509TrustManager now;

  void set(X509TrustManager next) {
    now = next;
  }

  private X509TrustManager now() {
    X509TrustManager current = now;
    if (current == null) {
      throw new IllegalStateException("used before it was read");
    }
    return current;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    now().checkClientTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    now().checkServerTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return now().getAcceptedIssuers();
  }
}
