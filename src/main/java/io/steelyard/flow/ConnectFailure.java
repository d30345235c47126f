package io.steelyard.flow;

import java.util.Locale;

/** Why a backend could not be connected to. */
public enum ConnectFailure {
  REFUSED,
  TIMEOUT,
  UNREACHABLE,
  /** No local port or file descriptor was left. */
  NO_PORT,
  TLS,
  RESET;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The {@code reason} label. */
  public String label() {
    return label;
  }
}
