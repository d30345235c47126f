package io.steelyard.command;

import io.steelyard.machine.Transport;
import io.steelyard.tls.TlsEngine;

/** Says what this program is and what it found on this machine. */
final class VersionCommand {

  private final Terminal terminal;

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  int run() {
    terminal.out().println("steelyard " + Product.VERSION);
    terminal.out().println("runtime   " + Product.runtime() + " (Java " + Runtime.version() + ")");
    for (TlsEngine engine : TlsEngine.values()) {
      String missing = engine.unavailable();
      terminal
          .out()
          .println(
              "engine    "
                  + (missing.isEmpty()
                      ? engine.description()
                      : EngineSetting.word(engine) + " not available: " + missing));
    }
    terminal.out().println("transport " + transport());
    return ExitCode.OK;
  }

  private static String transport() {
    Transport transport = Transport.ofThisMachine();
    return transport.name()
        + transport.missing().map(reason -> " (no epoll: " + reason + ")").orElse("");
  }
}
