package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Protocols whose server greets first, as SMTP and MySQL do. */
class BackendSpeaksFirstTest {

  /**
   * A backend that accepts only when the kernel's delayed ACK is due would need 200 ms a flow, 40 s
   * together: the deadline tells the two apart on any machine.
   */
  @Test
  @Timeout(20)
  void greeting_200FlowsInARow_isNotHeldBackByADelayedAck() throws Exception {
    try (SocketBackend backend = SocketBackend.named("220 ready");
        RunningListener steelyard =
            RunningListener.tcp(new Listen(), new Group().backend(backend.port()))) {
      for (int i = 0; i < 200; i++) {
        try (Socket client = steelyard.connect()) {
          assertThat(client.getInputStream().readAllBytes()).isEqualTo("220 ready".getBytes(UTF_8));
        }
      }
      steelyard.awaitQuiet();
    }
  }
}
