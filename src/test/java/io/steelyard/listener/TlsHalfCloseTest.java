package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.HandClient;
import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each direction of a TLS flow ends by itself where {@link TlsHandling#NATIVE} carries it: what the
 * other one still has to say arrives whole. On real sockets, with the JDK as client.
 */
class TlsHalfCloseTest {

  private static final int COUNT = 300_000;

  private final Path directory;
  private final TlsFixture fixture;

  TlsHalfCloseTest(@TempDir Path directory) {
    this.directory = directory;
    fixture = new TlsFixture(directory);
  }

  private RunningListener listening(SocketBackend backend) {
    return listening(backend, new Listen());
  }

  private RunningListener listening(SocketBackend backend, Listen listen) {
    return RunningListener.tls(
        TlsEngine.BORINGSSL,
        TlsHandling.NATIVE,
        fixture.certificates(),
        listen.tls(fixture.config()),
        new Group().backend(backend.port()));
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[COUNT];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private HandClient connected(Socket plain, String version) throws IOException {
    HandClient client = new HandClient(fixture.clientContext(), version);
    plain.getOutputStream().write(client.hello());
    while (!client.isDone()) {
      plain.getOutputStream().write(client.take(some(plain)));
    }
    return client;
  }

  private static byte[] some(Socket plain) throws IOException {
    byte[] block = new byte[64 * 1024];
    int read = plain.getInputStream().read(block);
    assertThat(read).as("not the end").isPositive();
    return Arrays.copyOf(block, read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void replyAfterTheClientsCloseNotify_arrivesWhole(String version) throws Exception {
    byte[] question = bytes(1);
    byte[] reply = bytes(2);
    CompletableFuture<byte[]> asked = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  asked.complete(socket.getInputStream().readAllBytes());
                  socket.getOutputStream().write(reply);
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      HandClient client = connected(plain, version);
      plain.getOutputStream().write(client.seal(question));
      plain.getOutputStream().write(client.closeNotify());
      assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo(question);
      client.take(plain.getInputStream().readAllBytes());
      assertThat(client.received()).isEqualTo(reply);
      assertThat(client.isTold()).isTrue();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      assertThat(steelyard.observer.ended.getFirst().isTruncated()).isFalse();
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closeNotifyInTheLastFlight_replyArrivesWhole(String version) throws Exception {
    byte[] reply = bytes(3);
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(reply);
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      HandClient client = new HandClient(fixture.clientContext(), version);
      plain.getOutputStream().write(client.hello());
      byte[] flight = {};
      while (!client.isDone()) {
        plain.getOutputStream().write(flight);
        flight = client.take(some(plain));
      }
      plain.getOutputStream().write(HandClient.concat(flight, client.closeNotify()));
      plain.shutdownOutput();
      client.take(plain.getInputStream().readAllBytes());
      assertThat(client.received()).isEqualTo(reply);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      assertThat(steelyard.observer.ended.getFirst().isTruncated()).isFalse();
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void backendEndsFirst_clientGetsCloseNotify_andCanStillSend(String version) throws Exception {
    byte[] reply = bytes(4);
    byte[] upload = bytes(5);
    CompletableFuture<byte[]> uploaded = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getOutputStream().write(reply);
                  socket.shutdownOutput();
                  uploaded.complete(socket.getInputStream().readAllBytes());
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      HandClient client = connected(plain, version);
      byte[] all = plain.getInputStream().readAllBytes();
      // The client's own engine would close its direction with the other one, up to TLS 1.2.
      plain.getOutputStream().write(client.seal(upload));
      plain.getOutputStream().write(client.closeNotify());
      assertThat(uploaded.get(20, TimeUnit.SECONDS)).isEqualTo(upload);
      client.take(all);
      assertThat(client.received()).isEqualTo(reply);
      assertThat(client.isTold()).isTrue();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void finInMidRecord_isTruncated_andReplyArrives(String version) throws Exception {
    byte[] reply = bytes(6);
    CompletableFuture<byte[]> asked = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  asked.complete(socket.getInputStream().readAllBytes());
                  socket.getOutputStream().write(reply);
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      HandClient client = connected(plain, version);
      plain.getOutputStream().write(client.seal("whole".getBytes(UTF_8)));
      plain.getOutputStream().write(client.seal(new byte[10_000]), 0, 5_000);
      plain.shutdownOutput();
      assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo("whole".getBytes(UTF_8));
      client.take(plain.getInputStream().readAllBytes());
      assertThat(client.received()).isEqualTo(reply);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      assertThat(steelyard.observer.ended.getFirst().isTruncated()).isTrue();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void clientGoesRightAfterItsCloseNotify_backendGetsAllAndFlowEnds() throws Exception {
    CompletableFuture<byte[]> asked = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> asked.complete(socket.getInputStream().readAllBytes()));
        RunningListener steelyard = listening(backend)) {
      byte[] question = bytes(7);
      try (SSLSocket client = TlsClient.of(fixture).connect(steelyard)) {
        client.getOutputStream().write(question);
      }
      assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo(question);
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void halfClosedFlow_thatSaysNothing_endsByItsTimeout() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (SocketBackend backend = SocketBackend.running(socket -> over.join());
        RunningListener steelyard =
            listening(backend, new Listen().halfClose(RunningListener.shortestTimeout()));
        Socket plain = steelyard.connect()) {
      HandClient client = connected(plain, "TLSv1.3");
      plain.getOutputStream().write(client.closeNotify());
      client.take(plain.getInputStream().readAllBytes());
      assertThat(client.isTold()).as("our close_notify all the same").isTrue();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.IDLE);
      over.complete(null);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void keyUpdates_betweenBytes_goUnnoticed() throws Exception {
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard = listening(backend);
        SSLSocket client = TlsClient.of(fixture).speaking("TLSv1.3").connect(steelyard)) {
      for (int i = 0; i < 10; i++) {
        byte[] part = bytes(i);
        client.startHandshake();
        Thread writer = Thread.ofVirtual().start(() -> write(client, part));
        assertThat(client.getInputStream().readNBytes(COUNT)).isEqualTo(part);
        writer.join(Duration.ofSeconds(20));
      }
      client.close();
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.CLIENT_END);
      steelyard.awaitQuiet();
    }
  }

  private static void write(Socket client, byte[] bytes) {
    try {
      client.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL,TLSv1.2", "BORINGSSL,TLSv1.3", "JDK,TLSv1.3"})
  void ticketsAfterTheHandshake_letTheNextOneResume(TlsEngine engine, String version)
      throws Exception {
    TlsClient client = TlsClient.of(fixture).speaking(version);
    try (SocketBackend backend = SocketBackend.echo();
        RunningListener steelyard =
            RunningListener.tls(
                engine,
                TlsHandling.NATIVE,
                fixture.certificates(),
                new Listen().tls(fixture.config()),
                new Group().backend(backend.port()))) {
      for (int i = 0; i < 2; i++) {
        try (SSLSocket socket = client.connect(steelyard)) {
          socket.getOutputStream().write(i);
          assertThat(socket.getInputStream().read()).isEqualTo(i);
        }
        steelyard.observer.awaitEnded(i + 1);
      }
      assertThat(steelyard.observer.ended.getFirst().tls().resumed()).isFalse();
      assertThat(steelyard.observer.ended.getLast().tls().resumed()).isTrue();
      steelyard.awaitQuiet();
    }
  }

  @Test
  void manyFlowsOfABoringSslClient_areServedAgainAndAgain() throws Exception {
    byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8);
    try (SocketBackend backend = SocketBackend.running(socket -> answerAll(socket, answer));
        RunningListener steelyard = listening(backend);
        KeptFlows flows =
            new KeptFlows(fixture.authority().writePem(directory, "kept"), steelyard.port())) {
      flows.open(50);
      flows.askAll();
      flows.askAll();
      assertThat(flows.connected()).isEqualTo(50);
      flows.closeAll();
      steelyard.observer.awaitEnded(50);
      assertThat(steelyard.observer.ended)
          .allMatch(flow -> flow.ended() == FlowEnd.CLIENT_END && !flow.isTruncated());
      steelyard.awaitQuiet();
    }
  }

  /** Every request ends with an empty line, and comes alone. */
  private static void answerAll(Socket socket, byte[] answer) throws IOException {
    int newlines = 0;
    for (int next = socket.getInputStream().read(); next >= 0; ) {
      newlines = next == '\n' ? newlines + 1 : next == '\r' ? newlines : 0;
      if (newlines == 2) {
        socket.getOutputStream().write(answer);
        newlines = 0;
      }
      next = socket.getInputStream().read();
    }
  }

  @Test
  void clientThatDoesNotRead_doesNotHoldUpTheEnd() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  byte[] block = new byte[64 * 1024];
                  try {
                    while (!over.isDone()) {
                      socket.getOutputStream().write(block);
                    }
                  } finally {
                    over.complete(null);
                  }
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      connected(plain, "TLSv1.3");
      InputStream in = plain.getInputStream();
      assertThat(in.read()).isNotNegative();
      steelyard.cut();
      over.get(20, TimeUnit.SECONDS);
      steelyard.awaitQuiet();
    }
  }

  @Test
  void clientPausesInMidRecord_otherDirectionFlows() throws Exception {
    byte[] reply = bytes(8);
    try (SocketBackend backend =
            SocketBackend.running(
                socket -> {
                  socket.getInputStream().read();
                  socket.getOutputStream().write(reply);
                  socket.getInputStream().readNBytes(10_000);
                  socket.getOutputStream().write("second".getBytes(UTF_8));
                });
        RunningListener steelyard = listening(backend);
        Socket plain = steelyard.connect()) {
      HandClient client = connected(plain, "TLSv1.3");
      byte[] first = client.seal(new byte[1]);
      byte[] second = client.seal(new byte[10_000]);
      plain.getOutputStream().write(HandClient.concat(first, Arrays.copyOf(second, 7_000)));
      while (client.received().length < COUNT) {
        client.take(some(plain));
      }
      plain.getOutputStream().write(second, 7_000, second.length - 7_000);
      client.take(plain.getInputStream().readAllBytes());
      assertThat(client.received()).isEqualTo(HandClient.concat(reply, "second".getBytes(UTF_8)));
      plain.getOutputStream().write(client.closeNotify());
      assertThat(steelyard.observer.awaitEnd()).isEqualTo(FlowEnd.BACKEND_END);
      steelyard.awaitQuiet();
    }
  }
}
