package io.steelyard.control;

/**
 * Where a change came from.
 *
 * @param who the caller of the API by name, the signal, or the file
 */
public record Source(Kind kind, String who) {

  /** The roads that all end in the one. */
  public enum Kind {
    START,
    FILE,
    SIGNAL,
    API
  }
}
