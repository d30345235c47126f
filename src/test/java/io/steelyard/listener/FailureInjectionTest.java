package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.steelyard.flow.Flow;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fault at every step of a flow's life: each time the flow ends exactly once, no lease and no
 * open flow is left, and (checked at the end of the class by the leak detector) no buffer.
 */
class FailureInjectionTest {

  private final TlsFixture fixture;

  FailureInjectionTest(@TempDir Path directory) {
    fixture = new TlsFixture(directory);
  }

  /** What goes wrong. */
  enum Fault {
    CLIENT_RST {
      @Override
      void inject(InjectedScene scene) throws Exception {
        reset(scene.plain);
      }
    },
    CLIENT_FIN {
      @Override
      void inject(InjectedScene scene) throws Exception {
        scene.plain.close();
      }
    },
    BACKEND_RST {
      @Override
      void inject(InjectedScene scene) throws Exception {
        reset(scene.backend());
      }
    },
    BACKEND_FIN {
      @Override
      void inject(InjectedScene scene) throws Exception {
        scene.backend().close();
      }
    },
    LISTENER_CLOSE {
      @Override
      void inject(InjectedScene scene) throws Exception {
        scene.steelyard.cut();
      }
    },
    TIMEOUT {
      @Override
      void inject(InjectedScene scene) {
        // Nobody does anything any more.
        Patience.await().until(() -> !scene.steelyard.observer.ended.isEmpty());
      }
    };

    static final Set<Fault> WITHOUT_BACKEND =
        EnumSet.of(CLIENT_RST, CLIENT_FIN, LISTENER_CLOSE, TIMEOUT);
    static final Set<Fault> BUSY =
        EnumSet.of(CLIENT_RST, CLIENT_FIN, BACKEND_RST, BACKEND_FIN, LISTENER_CLOSE);

    abstract void inject(InjectedScene scene) throws Exception;

    private static void reset(Socket socket) throws Exception {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  /** Where in its life a flow is when it happens. */
  enum Step {
    ACCEPTED(Kind.TLS, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connect();
        Patience.await().until(() -> !scene.steelyard.observer.accepted.isEmpty());
      }
    },
    MID_HELLO(Kind.TLS, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connect();
        byte[] hello = TlsClient.of(fixture).hello();
        scene.plain.getOutputStream().write(hello, 0, hello.length / 2);
        Patience.await().until(() -> !scene.steelyard.observer.accepted.isEmpty());
      }
    },
    MID_HANDSHAKE(Kind.TLS, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connect();
        scene.plain.getOutputStream().write(TlsClient.of(fixture).hello());
        assertThat(scene.plain.getInputStream().read()).as("our flight's first byte").isEqualTo(22);
      }
    },
    DIALING(Kind.BOTH, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.unansweringBackend());
        scene.connectAndSecure();
        Patience.await().until(() -> scene.steelyard.leases() == 1);
      }
    },
    DIALING_WITH_BYTES(Kind.BOTH, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.unansweringBackend());
        scene.connectAndSecure();
        scene.clientSends();
        Patience.await().until(() -> scene.steelyard.leases() == 1);
        scene.awaitStuck();
      }
    },
    QUEUED(Kind.BOTH, Fault.WITHOUT_BACKEND) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.occupiedBackend();
        scene.connectAndSecure();
        Patience.await().until(() -> scene.steelyard.waiting() == 1);
      }
    },
    SECURING_BACKEND(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend().tls(InjectedScene.unverified()));
        scene.connectAndSecure();
        assertThat(scene.backend().getInputStream().read()).as("a ClientHello").isEqualTo(22);
      }
    },
    CONNECTED(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.readingBackend());
        scene.connectAndSecure();
        scene.backend();
        scene.awaitConnected();
      }
    },
    CLIENT_SENDING(Kind.BOTH, Fault.BUSY) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.readingBackend());
        scene.connectAndSecure();
        scene.clientSends();
        scene.awaitTransfer();
      }
    },
    BACKEND_SENDING(Kind.BOTH, Fault.BUSY) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.sendingBackend());
        scene.connectAndSecure();
        scene.clientReads();
        scene.awaitTransfer();
      }
    },
    CLIENT_HALF_CLOSED(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connectAndSecure();
        scene.plain.shutdownOutput();
        assertThat(scene.backend().getInputStream().read()).isEqualTo(-1);
      }
    },
    BACKEND_HALF_CLOSED(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connectAndSecure();
        scene.backend().shutdownOutput();
        scene.plain.getInputStream().readAllBytes();
      }
    },
    CLIENT_STUCK(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.sendingBackend());
        scene.connectAndSecure();
        scene.awaitStuck();
      }
    },
    BACKEND_STUCK(Kind.BOTH, EnumSet.allOf(Fault.class)) {
      @Override
      void reach(InjectedScene scene, TlsFixture fixture) throws Exception {
        scene.listen(scene.passiveBackend());
        scene.connectAndSecure();
        scene.clientSends();
        scene.awaitStuck();
      }
    };

    final Kind kind;
    final Set<Fault> faults;

    Step(Kind kind, Set<Fault> faults) {
      this.kind = kind;
      this.faults = faults;
    }

    abstract void reach(InjectedScene scene, TlsFixture fixture) throws Exception;

    /** Between handshake and backend. */
    boolean isOnTheWay() {
      return this == DIALING
          || this == DIALING_WITH_BYTES
          || this == QUEUED
          || this == SECURING_BACKEND;
    }
  }

  /** Which listeners have such a step. */
  enum Kind {
    TLS,
    BOTH
  }

  @TestFactory
  Stream<DynamicTest> fault_atEveryStep_leavesNothingBehind() {
    return Arrays.stream(Step.values())
        .flatMap(
            step ->
                (step.kind == Kind.TLS ? Stream.of(true) : Stream.of(true, false))
                    .flatMap(
                        tls ->
                            step.faults.stream()
                                .map(
                                    fault ->
                                        dynamicTest(
                                            (tls ? "tcpssl " : "tcp ") + step + " " + fault,
                                            () -> run(step, fault, tls)))));
  }

  private void run(Step step, Fault fault, boolean tls) throws Exception {
    // A client's FIN alone does not end the way to a backend: it may be a half-close. The timeouts
    // of that way do.
    boolean impatient = fault == Fault.TIMEOUT || (fault == Fault.CLIENT_FIN && step.isOnTheWay());
    Duration patience = impatient ? InjectedScene.SHORT : InjectedScene.LONG;
    boolean handshakeTimesOut = impatient && step.kind == Kind.TLS;
    // Long enough for the step itself on a busy machine.
    Duration handshakePatience = handshakeTimesOut ? Duration.ofSeconds(1) : InjectedScene.LONG;
    try (InjectedScene scene = new InjectedScene(tls, fixture, handshakePatience, patience)) {
      step.reach(scene, fixture);
      int others = step == Step.QUEUED ? 1 : 0;
      fault.inject(scene);
      scene.goOn();
      int expected = fault == Fault.LISTENER_CLOSE ? others + 1 : 1;
      Patience.await()
          .alias(step + " " + fault)
          .until(() -> scene.steelyard.observer.ended.size() >= expected);
      if (others == 0 || fault == Fault.LISTENER_CLOSE) {
        scene.steelyard.awaitQuiet();
        assertThat(scene.steelyard.observer.ended)
            .hasSize(scene.steelyard.observer.accepted.size())
            .doesNotHaveDuplicates();
      }
      Patience.await().until(() -> scene.steelyard.waiting() == 0);
      assertThat(scene.steelyard.observer.ended).extracting(Flow::ended).doesNotContainNull();
    }
  }
}
