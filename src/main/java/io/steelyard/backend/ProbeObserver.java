package io.steelyard.backend;

/** Is told of every probe carried out. Called on the prober's event loop; must not block. */
public interface ProbeObserver {

  /** Tells nobody. */
  ProbeObserver NONE = (group, backend, success, durationNanos) -> {};

  /**
   * A probe has come to its result. Probes that this machine could not carry out (no file
   * descriptor left) are not told.
   *
   * @param backend the address as written in the document
   * @param durationNanos from connect to result
   */
  void probed(String group, String backend, boolean success, long durationNanos);
}
