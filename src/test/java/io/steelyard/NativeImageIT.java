package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.PeerProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of the container image suffice for serving TLS on a read-only root without {@code
 * /tmp}, as a user without any right; and nothing serves without its libraries. Runs {@code
 * native/check-image.sh}, which needs root for its mounts and can be called by hand.
 */
class NativeImageIT {

  @Test
  void imageFiles_onAReadOnlyRoot_serveAndRefuse(@TempDir Path directory) {
    String script = Path.of("native/check-image.sh").toAbsolutePath().toString();
    try (PeerProcess check =
        PeerProcess.start(directory, List.of(script, System.getProperty("steelyard.executable")))) {
      assertThat(check.exit()).as(check.printed()).isZero();

      assertThat(check.out())
          .contains("engine=\"BoringSSL", "transport=epoll")
          .contains("Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000")
          .contains("TLS: from the backend", "SIGTERM: exit 0")
          .containsPattern("steelyard: .*netty_tcnative")
          .containsPattern("steelyard: .*netty_transport_native_epoll");
    }
  }
}
