package io.steelyard.tls;

import io.steelyard.flow.HandshakeFailure;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/** A client's certificate was refused. Carries what the flow's end will say; thrown inside the engines only. */
final class ClientCertificateException extends CertificateException {

  private static final long serialVersionUID = 1;

  private final HandshakeFailure failure;

  /**
   * Refused for that.
   *
   * @param cause as the JDK engine needs it to find the alert; null where it has none
   */
  ClientCertificateException(HandshakeFailure failure, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = failure;
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
