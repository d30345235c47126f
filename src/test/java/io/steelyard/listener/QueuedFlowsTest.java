package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flows that wait for room on a backend that takes one at a time. */
class QueuedFlowsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final SocketBackend backend = SocketBackend.echo();

  @AfterEach
  void stop() {
    backend.close();
  }

  private RunningListener listening(int queueSize, Duration timeout) {
    return RunningListener.tcp(
        new Listen(), new Group().backend(backend.port(), 100, 1).queue(queueSize, timeout));
  }

  @Test
  void waitingFlow_roomComesFree_isServedWithWhatItSentBefore() throws Exception {
    try (RunningListener steelyard = listening(1, LONG)) {
      Socket first = served(steelyard);
      try (Socket second = steelyard.connect()) {
        second.getOutputStream().write(2);
        awaitWaiting(steelyard, 1);
        assertThat(backend.accepted()).isEqualTo(1);
        first.close();
        assertThat(second.getInputStream().read()).isEqualTo(2);
        assertThat(backend.accepted()).isEqualTo(2);
      }
      steelyard.awaitQuiet();
    }
  }

  @Test
  void waitingFlows_roomComesFree_areServedInTheOrderTheyCame() throws Exception {
    try (RunningListener steelyard = listening(3, LONG)) {
      Socket holder = served(steelyard);
      Socket[] waiting = new Socket[3];
      for (int i = 0; i < waiting.length; i++) {
        waiting[i] = steelyard.connect();
        waiting[i].getOutputStream().write(i);
        awaitWaiting(steelyard, i + 1);
      }
      for (Socket next : waiting) {
        holder.close();
        assertThat(next.getInputStream().read()).isGreaterThanOrEqualTo(0);
        holder = next;
      }
      holder.close();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void waitingFlow_noRoomInTime_isResetAsNoBackend() throws Exception {
    try (RunningListener steelyard = listening(1, Duration.ofMillis(200));
        Socket first = served(steelyard);
        Socket second = steelyard.connect()) {
      assertThatThrownBy(() -> second.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.NO_BACKEND);
      assertThat(steelyard.waiting()).isZero();
      first.getOutputStream().write(9);
      assertThat(first.getInputStream().read()).isEqualTo(9);
    }
  }

  @Test
  void queueFull_nextFlow_isResetAtOnce() throws Exception {
    try (RunningListener steelyard = listening(1, LONG);
        Socket first = served(steelyard);
        Socket second = steelyard.connect()) {
      awaitWaiting(steelyard, 1);
      try (Socket third = steelyard.connect()) {
        assertThatThrownBy(() -> third.getInputStream().read()).isInstanceOf(SocketException.class);
      }
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.NO_BACKEND);
      first.close();
      second.getOutputStream().write(2);
      assertThat(second.getInputStream().read()).isEqualTo(2);
    }
  }

  @Test
  void waitingFlow_clientResets_itsPlaceIsFreeAgain() throws Exception {
    try (RunningListener steelyard = listening(1, LONG);
        Socket first = served(steelyard)) {
      Socket leaving = steelyard.connect();
      awaitWaiting(steelyard, 1);
      leaving.setSoLinger(true, 0);
      leaving.close();
      awaitWaiting(steelyard, 0);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_RESET);
      try (Socket next = steelyard.connect()) {
        awaitWaiting(steelyard, 1);
        first.close();
        next.getOutputStream().write(3);
        assertThat(next.getInputStream().read()).isEqualTo(3);
      }
      steelyard.awaitQuiet();
      assertThat(backend.accepted()).as("the one who left was never connected").isEqualTo(2);
    }
  }

  private static Socket served(RunningListener steelyard) throws IOException {
    Socket client = steelyard.connect();
    client.getOutputStream().write(1);
    assertThat(client.getInputStream().read()).isEqualTo(1);
    return client;
  }

  private static void awaitWaiting(RunningListener steelyard, int count) {
    Patience.await().until(() -> steelyard.waiting() == count);
  }
}
