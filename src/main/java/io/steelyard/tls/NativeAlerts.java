package io.steelyard.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.security.cert.CertificateException;

/** Tells BoringSSL which alert a refused certificate is answered with. */
final class NativeAlerts {

  private NativeAlerts() {}

  /** The same refusal as Netty wants it. */
  static CertificateException withCode(ClientCertificateException refused) {
    return new OpenSslCertificateException(refused.getMessage(), refused, code(refused));
  }

  /** The verification code from which BoringSSL makes the alert (ssl_x509.cc). */
  static int code(ClientCertificateException refused) {
    return switch (refused.failure()) {
      case CLIENT_CERT_EXPIRED -> CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
      case CLIENT_CERT_REVOKED -> CertificateVerifier.X509_V_ERR_CERT_REVOKED;
      case CLIENT_CERT_NOT_ALLOWED -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
      default ->
          refused.isWrongPurpose()
              ? CertificateVerifier.X509_V_ERR_INVALID_PURPOSE
              : CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    };
  }
}
