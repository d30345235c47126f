package io.steelyard.flow;

import java.util.Locale;

/** How a flow ended: the closed list that metrics, access log and status share. */
public enum FlowEnd {
  /** The client closed its side and everything was delivered. */
  CLIENT_END(Side.CLIENT),
  CLIENT_RESET(Side.CLIENT),
  /** The backend closed its side and everything was delivered. */
  BACKEND_END(Side.BACKEND),
  BACKEND_RESET(Side.BACKEND),
  IDLE(Side.STEELYARD),
  MAX_AGE(Side.STEELYARD),
  DRAIN(Side.STEELYARD),
  HANDSHAKE_FAILED(Side.CLIENT),
  /** No backend could be connected to within the retries. */
  CONNECT_FAILED(Side.BACKEND),
  /** No backend was usable, or none got room in time. */
  NO_BACKEND(Side.BACKEND),
  ADMIN(Side.STEELYARD),
  /** A broken TLS record, a failure inside; the debug log says more. */
  ERROR(Side.STEELYARD);

  private final Side side;
  private final String label = name().toLowerCase(Locale.ROOT);

  FlowEnd(Side side) {
    this.side = side;
  }

  /** Who ended it. */
  public Side side() {
    return side;
  }

  /** The {@code cause} label of metrics and access log. */
  public String label() {
    return label;
  }

  /** Who ends a flow. */
  public enum Side {
    CLIENT,
    BACKEND,
    STEELYARD
  }
}
