package io.steelyard.flow;

import java.util.Locale;

/** Why a TLS handshake with a client failed. */
public enum HandshakeFailure {
  NO_SHARED_CIPHER,
  NO_SHARED_VERSION,
  NO_SHARED_ALPN,
  UNKNOWN_SNI,
  CLIENT_CERT_MISSING,
  CLIENT_CERT_INVALID,
  CLIENT_CERT_EXPIRED,
  CLIENT_CERT_REVOKED,
  CLIENT_CERT_NOT_ALLOWED,
  /** The client sent an alert: it did not like our certificate, or anything else. */
  CLIENT_ALERT,
  TIMEOUT,
  /** The first bytes are not a ClientHello, or a record of the handshake is broken. */
  NOT_TLS,
  /** The client left in the middle. */
  DISCONNECT;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The {@code reason} label. */
  public String label() {
    return label;
  }
}
