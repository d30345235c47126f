package io.steelyard;

import io.quarkus.runtime.ImageMode;
import io.steelyard.command.ExitCode;
import java.util.List;
import org.jboss.logging.Logger;
import sun.misc.Signal;

/**
 * What TERM, INT and HUP do once the balancer runs. Installed after Quarkus's own: its shutdown
 * hook would make a second signal do nothing, and the exit code 143.
 */
final class Signals {

  private static final Logger LOG = Logger.getLogger(Signals.class);

  private final Runnable drain;
  private boolean ending;

  private Signals(Runnable drain) {
    this.drain = drain;
  }

  /** The first TERM or INT runs the drain, the second ends the process at once; HUP reloads. */
  static Signals install(Runnable drain, Runnable reload) {
    Signals signals = new Signals(drain);
    Signal.handle(new Signal("TERM"), signals::end);
    Signal.handle(new Signal("INT"), signals::end);
    Signal.handle(new Signal("HUP"), signal -> reload.run());
    if (ImageMode.current().isNativeImage()) {
      // Those that other servers take for a wish to rotate logs would end an executable; the JVM
      // has
      // uses of its own for both.
      for (String name : List.of("USR1", "USR2")) {
        Signal.handle(new Signal(name), signal -> LOG.warnf("signal=%s means nothing here", name));
      }
    }
    return signals;
  }

  /** Drains as the first TERM does; false where the end has begun already. */
  synchronized boolean drain() {
    if (ending) {
      return false;
    }
    ending = true;
    drain.run();
    return true;
  }

  private synchronized void end(Signal signal) {
    if (!drain()) {
      LOG.warnf("signal=%s again: ended at once", signal.getName());
      // Not exit: a shutdown hook might wait for what the second signal is meant to cut short.
      Runtime.getRuntime().halt(ExitCode.SIGNAL + signal.getNumber());
    }
  }
}
