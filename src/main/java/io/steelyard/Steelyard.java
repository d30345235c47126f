package io.steelyard;

import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.steelyard.command.CommandLine;
import io.steelyard.command.Commands;
import io.steelyard.command.ExitCode;
import io.steelyard.command.Terminal;
import io.steelyard.machine.DirectMemory;
import io.steelyard.machine.MachineLimits;
import io.steelyard.machine.NativeLibraries;
import io.steelyard.machine.Transport;
import io.steelyard.tls.TlsEngine;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The executable. Commands that do not serve are answered before Quarkus starts: no port, no log
 * line.
 */
@QuarkusMain
public final class Steelyard {

  private Steelyard() {}

  /** Runs the command asked for and ends the process with its {@link ExitCode}. */
  public static void main(String... args) {
    DirectMemory.bound(MachineLimits.read(Path.of("/")));
    CommandLine command = CommandLine.parse(args);
    boolean serves = command instanceof CommandLine.Run || command instanceof CommandLine.Demo;
    if (ImageMode.current().isNativeImage() && !loadLibraries() && serves) {
      System.exit(ExitCode.PROBLEM);
    }
    if (command instanceof CommandLine.Run run && run.takeover()) {
      System.setProperty("steelyard.takeover", "true");
    }
    if (command instanceof CommandLine.Demo) {
      // Nothing there to administrate, and one port less that may be taken.
      System.setProperty("quarkus.http.host-enabled", "false");
    }
    if (serves) {
      Quarkus.run(RunCommand.class, Steelyard::exit, args);
      return;
    }
    int code = Commands.answer(command, new Terminal(System.out, System.err));
    System.out.flush();
    System.exit(code);
  }

  /**
   * Makes sure that a native executable finds its libraries, and says why where it cannot. Those
   * that it has to unpack are loaded at once: then nothing of them is left behind.
   */
  private static boolean loadLibraries() {
    try (NativeLibraries libraries = NativeLibraries.locate()) {
      if (libraries.unpacked().isPresent()) {
        TlsEngine.BORINGSSL.unavailable();
        Transport.ofThisMachine();
      }
      if (!libraries.trouble().isEmpty()) {
        System.err.println(
            "steelyard: native libraries: " + String.join("; ", libraries.trouble()));
      }
      return libraries.trouble().isEmpty();
    }
  }

  /** Also told of a start that failed before any code of ours ran. */
  private static void exit(int code, @Nullable Throwable cause) {
    if (cause != null) {
      BootFailure.lines(cause).forEach(System.err::println);
    }
    System.err.flush();
    System.exit(code);
  }
}
