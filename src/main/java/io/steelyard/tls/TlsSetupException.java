package io.steelyard.tls;

/** An engine did not accept settings or key material that our own checks found fine. */
final class TlsSetupException extends Exception {

  private static final long serialVersionUID = 1;

  TlsSetupException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }

  /** Never absent: the constructor takes one. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
