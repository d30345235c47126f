package io.steelyard.flow;

import java.util.Locale;

/** Why a client was refused before any cryptography. */
public enum Refusal {
  MAX_CONNECTIONS,
  RATE,
  SOURCE_CONNECTIONS,
  SOURCE_RATE,
  SOURCE_BLOCKED,
  ACCESS,
  DRAINING,
  PROXY_HEADER,
  /** The process is out of file descriptors. */
  FILES;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The {@code reason} label. */
  public String label() {
    return label;
  }
}
