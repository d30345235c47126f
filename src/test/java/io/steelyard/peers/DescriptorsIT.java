package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Scrape;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process limited to 256 open files meets 1,000 clients that stay. Those it cannot take are reset
 * and counted, its established flows go on, the shortage is said once, and accepting goes on by
 * itself when the clients have left.
 */
class DescriptorsIT {

  private static final int FILES = 256;
  private static final int CLIENTS = 1000;
  private static final int ESTABLISHED = 20;
  private static final byte[] WORD = {'p', 'i', 'n', 'g'};

  /**
   * Of the 300 that one processor's clock has in three seconds; a loop that spins takes them all.
   */
  private static final int IDLE_TICKS = 100;

  @TempDir Path directory;

  private final int tlsPort = LoopbackPorts.free();
  private final int tcpPort = LoopbackPorts.free();
  private final List<Socket> clients = new ArrayList<>();
  private TlsFixture fixture;
  private SocketBackend backend;
  private SteelyardProcess steelyard;
  private long resetAtOnce;

  @BeforeEach
  void start() {
    fixture = new TlsFixture(directory);
    backend = SocketBackend.echo();
    steelyard =
        SteelyardProcess.in(directory)
            .files(FILES)
            .serve(
                """
                listeners:
                  - name: tls
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    handshake-timeout: 300s
                    tls: {certificates: [web]}
                  - {name: tcp, protocol: tcp, port: %d, server-group: app}
                certificates:
                  - {name: web, certificate: web.crt, key: web.key}
                server-groups:
                  - name: app
                    backends: [{address: "127.0.0.1:%d"}]
                    health-check: {type: tcp, interval: 1s, timeout: 1s}
                """
                    .formatted(tlsPort, tcpPort, backend.port()));
    steelyard.awaitMetric(1, "steelyard_backend_state", "state=\"up\"");
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    steelyard.close();
    backend.close();
  }

  @Test
  void clientsBeforeTheirHandshake_moreThanFiles_areRefusedWhileFlowsGoOn() throws IOException {
    List<SSLSocket> established = establish();
    shortage(tlsPort);

    for (SSLSocket flow : established) {
      echo(flow);
    }
    assertThat(steelyard.log().lines().filter(line -> line.contains("out of file descriptors")))
        .singleElement()
        .asString()
        .contains(" ERROR ", "listener=tls");
    assertIdle();

    long refused = reset();
    leave();
    recovered(tlsPort, established);
    Scrape metrics = steelyard.metrics();
    assertThat(files(metrics)).isEqualTo(refused).isGreaterThan(CLIENTS - FILES);
    assertThat(metrics.sum("steelyard_listener_connections_total", "listener=\"tls\""))
        .isEqualTo(CLIENTS + ESTABLISHED + 1 - refused);
  }

  @Test
  void flowsThatNeedTwoFilesEach_moreThanFiles_eachEndsCountedAndTheBackendStaysUp()
      throws IOException {
    List<SSLSocket> established = establish();
    shortage(tcpPort);

    for (SSLSocket flow : established) {
      echo(flow);
    }
    assertIdle();
    leave();
    recovered(tcpPort, established);
    Scrape metrics = steelyard.metrics();
    assertThat(
            metrics.sum("steelyard_listener_connections_total", "listener=\"tcp\"")
                + metrics.sum("steelyard_listener_connections_rejected_total", "listener=\"tcp\""))
        .as("each client is a flow or a refusal")
        .isEqualTo(CLIENTS + 1);
    assertThat(steelyard.log()).doesNotContain("backend down");
  }

  private List<SSLSocket> establish() throws IOException {
    List<SSLSocket> established = new ArrayList<>();
    for (int i = 0; i < ESTABLISHED; i++) {
      established.add(fixture.secure(connect(tlsPort), "TLSv1.3"));
    }
    for (SSLSocket flow : established) {
      echo(flow);
    }
    return established;
  }

  /** Clients that only connect, until all have been accepted, refused, or wait. */
  private void shortage(int port) throws IOException {
    for (int i = 0; i < CLIENTS; i++) {
      try {
        connect(port);
      } catch (SocketException resetBeforeConnectReturned) {
        resetAtOnce++;
      }
    }
    steelyard
        .process()
        .awaitPrinted("the shortage", text -> text.contains("out of file descriptors"));
  }

  private void assertIdle() {
    await().until(this::isSettled);
    long before = steelyard.process().cpuTicks();
    await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
    assertThat(steelyard.process().cpuTicks() - before).isLessThan(IDLE_TICKS);
  }

  /** Two readings in a row are alike. */
  private boolean isSettled() {
    long first = steelyard.process().openFiles();
    return steelyard.process().openFiles() == first;
  }

  /** How many of the waiting clients have been reset. */
  private long reset() throws IOException {
    long count = resetAtOnce;
    for (Socket client : clients.subList(ESTABLISHED, clients.size())) {
      client.setSoTimeout(1);
      try {
        client.getInputStream().read();
      } catch (SocketTimeoutException waits) {
        // Accepted, and expected to say hello.
      } catch (SocketException reset) {
        count++;
      }
    }
    return count;
  }

  private void leave() throws IOException {
    for (Socket client : clients.subList(ESTABLISHED, clients.size())) {
      client.close();
    }
  }

  private void recovered(int port, List<SSLSocket> established) throws IOException {
    steelyard
        .process()
        .awaitPrinted("the recovery", text -> text.contains("file descriptors are free again"));
    Socket plain = connect(port);
    Socket fresh = port == tlsPort ? fixture.secure(plain, "TLSv1.3") : plain;
    echo(fresh);
    for (SSLSocket flow : established) {
      echo(flow);
    }
    assertThat(steelyard.log().lines().filter(line -> line.contains("out of file descriptors")))
        .hasSize(1);
  }

  private static double files(Scrape metrics) {
    return metrics.sum("steelyard_listener_connections_rejected_total", "reason=\"files\"");
  }

  private Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(
        new InetSocketAddress("127.0.0.1", port), (int) Duration.ofSeconds(10).toMillis());
    socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
    clients.add(socket);
    return socket;
  }

  private static void echo(Socket flow) throws IOException {
    flow.getOutputStream().write(WORD);
    assertThat(flow.getInputStream().readNBytes(WORD.length)).isEqualTo(WORD);
  }
}
