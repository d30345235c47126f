package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.NotifySocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdNotifyTest {

  @Test
  void manager_listening_isToldEachStep(@TempDir Path directory) {
    try (NotifySocket socket = NotifySocket.at(directory.resolve("notify"))) {
      SystemdNotify manager = SystemdNotify.at(socket.address());
      manager.ready();
      manager.reloading();
      manager.ready();
      manager.stopping(Duration.ofSeconds(335));

      assertThat(socket.received())
          .containsExactly("READY=1", "RELOADING=1", "READY=1", "STOPPING=1");
    }
  }

  @Test
  void manager_nobodyThere_losesNothingButTheWords(@TempDir Path directory) {
    SystemdNotify.at(directory.resolve("nobody").toString()).ready();
    SystemdNotify.at("@nobody-listens-here").ready();
    SystemdNotify.at("vsock:2:1").ready();
    SystemdNotify.NONE.stopping(Duration.ZERO);
  }
}
