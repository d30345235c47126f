package io.steelyard.config;

import java.util.Locale;

/** What a file is for, where it can be renewed while Steelyard runs. */
public enum FileKind {
  CERTIFICATE,
  CLIENT_CA,
  CRL,
  OCSP_RESPONSE,
  TICKET_KEYS,
  BACKEND_TLS,
  IP_GROUP;

  /** {@code client-ca}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
