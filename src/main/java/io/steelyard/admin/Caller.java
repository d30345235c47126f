package io.steelyard.admin;

/**
 * Who asks.
 *
 * @param name as the tokens file has it
 */
record Caller(String name, Role role) {

  /** Somebody on this machine, where the settings let them read. */
  static final Caller ANONYMOUS = new Caller("anonymous", Role.VIEWER);
}
