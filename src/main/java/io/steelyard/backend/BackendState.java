package io.steelyard.backend;

import java.util.Locale;

/** What status and metrics show of a backend: the first that applies, in this order. */
public enum BackendState {
  MAINTENANCE,
  DRAINING,
  DOWN,
  EJECTED,
  STARTING,
  UP;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The {@code state} label. */
  public String label() {
    return label;
  }
}
