package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.command.ExitCode;
import io.steelyard.testkit.SteelyardProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine or transport that was asked for and cannot be loaded ends the start with the reason;
 * nothing takes its place in silence. Holds for the JVM and for the executable.
 */
class MissingEngineIT {

  @TempDir private Path directory;

  @Test
  void boringSsl_thatCannotBeLoaded_endsTheStart() {
    try (SteelyardProcess steelyard = without("io.netty.handler.ssl.noOpenSsl", "demo")) {
      assertThat(steelyard.process().exit()).isEqualTo(ExitCode.PROBLEM);
      assertThat(steelyard.log())
          .contains("steelyard: TLS engine boringssl cannot be used: netty-tcnative cannot be")
          .doesNotContain(" started ");
    }
  }

  @Test
  void epoll_thatCannotBeLoaded_endsTheStart() {
    try (SteelyardProcess steelyard = without("io.netty.transport.noNative", "demo")) {
      assertThat(steelyard.process().exit()).isEqualTo(ExitCode.PROBLEM);
      assertThat(steelyard.log())
          .contains("steelyard: epoll cannot be used: ")
          .doesNotContain(" started ");
    }
  }

  @Test
  void version_withoutThem_saysSo() {
    try (SteelyardProcess steelyard = without("io.netty.transport.noNative", "version")) {
      assertThat(steelyard.process().exit()).isEqualTo(ExitCode.OK);
      assertThat(steelyard.process().out()).contains("transport nio (no epoll: ");
    }
  }

  private SteelyardProcess without(String property, String command) {
    return SteelyardProcess.in(directory).property(property, "true").run(command);
  }
}
