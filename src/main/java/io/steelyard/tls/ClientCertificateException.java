package io.steelyard.tls;

import io.steelyard.flow.HandshakeFailure;
import java.security.cert.CertificateException;

/**
 * A client's certificate was refused. Carries what the flow's end will say; thrown inside the
 * engines only.
 */
final class ClientCertificateException extends CertificateException {

  private static final long serialVersionUID = 1;

  private final HandshakeFailure failure;
  private final boolean wrongPurpose;

  /**
   * Refused for that.
   *
   * @param wrongPurpose the certificate is good, but not for clients
   */
  ClientCertificateException(HandshakeFailure failure, String message, boolean wrongPurpose) {
    super("client certificate: " + message);
    this.failure = failure;
    this.wrongPurpose = wrongPurpose;
  }

  boolean isWrongPurpose() {
    return wrongPurpose;
  }

  HandshakeFailure failure() {
    return failure;
  }

  /** A routine answer to a stranger, perhaps thousands of times a second: no trace. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
