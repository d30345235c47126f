package io.steelyard.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The executable as a process: what it prints, how it exits, what signals do. Runs it (see {@link
 * SteelyardProcess}) with a document of one TCP listener in front of an echo backend.
 */
class CommandsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TERM_TWICE = 128 + 15;

  private final SocketBackend backend = SocketBackend.echo();
  private final List<Process> started = new ArrayList<>();
  private final int listenerPort = freePort();
  private final int managementPort = freePort();

  @TempDir private Path directory;

  @AfterEach
  void close() {
    started.forEach(Process::destroyForcibly);
    backend.close();
  }

  @Test
  void run_firstTerm_drainsAndExitsWithTheLastFlow() throws Exception {
    Process process = running("0s");
    try (Socket client = connected()) {
      signal(process, "TERM");
      await().atMost(PATIENCE).until(() -> readiness() == 503);
      assertEcho(client);
      assertThat(process.isAlive()).isTrue();
    }

    assertThat(exit(process)).isZero();
  }

  @Test
  void run_secondTerm_endsAtOnce() throws Exception {
    Process process = running("0s");
    try (Socket client = connected()) {
      signal(process, "TERM");
      await().atMost(PATIENCE).until(() -> readiness() == 503);
      assertEcho(client);

      signal(process, "TERM");

      assertThat(exit(process)).isEqualTo(TERM_TWICE);
    }
  }

  @Test
  void run_delay_acceptsThoughNotReady() throws Exception {
    Process process = running("300s");
    signal(process, "TERM");
    await().atMost(PATIENCE).until(() -> readiness() == 503);

    connected().close();
    signal(process, "INT");

    assertThat(exit(process)).isEqualTo(128 + 2);
  }

  @Test
  void run_hangUp_readsTheDocumentAgain() throws Exception {
    Process process = running("0s");

    signal(process, "HUP");

    await()
        .atMost(PATIENCE)
        .until(() -> errors().contains("configuration unchanged source=signal"));
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void run_started_isOneCleanLine() throws Exception {
    running("0s");

    assertThat(errors().lines().filter(line -> line.contains("started")))
        .singleElement()
        .asString()
        .contains("runtime=" + SteelyardProcess.runtime())
        .contains("engine=\"BoringSSL", "tls-handler=native")
        .contains("transport=epoll")
        .contains("listeners=raw(tcp 127.0.0.1:" + listenerPort + ")")
        .contains("revision=1");
    assertThat(errors()).doesNotContain("Quarkus", "WARNING", "Exception");
  }

  @Test
  void run_endedFlow_isALineOnStandardOutput() throws Exception {
    Process process = running("0s");
    connected().close();
    signal(process, "TERM");

    assertThat(exit(process)).isZero();
    assertThat(Files.readString(directory.resolve("out")))
        .startsWith("{\"time\":")
        .contains("\"cause\":\"client_end\"")
        .endsWith("}\n");
  }

  @Test
  void run_documentWithProblems_saysAllAndExits() throws Exception {
    Path file = document("70000", "nowhere");

    assertThat(exit(start(Map.of(), "run", "--config", file.toString()))).isEqualTo(1);

    assertThat(errors())
        .contains("listeners[raw].port")
        .contains("backends")
        .doesNotContain("\tat ", "Exception");
  }

  @Test
  void run_settingsWithProblems_saysAllAndExits() throws Exception {
    Map<String, String> wrong =
        Map.of("STEELYARD_EVENT_LOOPS", "many", "STEELYARD_DRAIN_TIMEOUT", "soon");

    assertThat(exit(start(wrong, "run"))).isEqualTo(1);

    assertThat(errors())
        .contains("steelyard.event-loops: many")
        .contains("steelyard.drain-timeout: soon")
        .doesNotContain("\tat ");
  }

  @Test
  void run_noDocument_namesTheDemo() throws Exception {
    assertThat(exit(start(Map.of(), "run"))).isEqualTo(1);

    assertThat(errors()).contains("`demo`").doesNotContain("\tat ");
  }

  @Test
  void run_managementPortTaken_saysHowToChangeIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(managementPort)) {
      assertThat(exit(start(Map.of(), "demo"))).isEqualTo(1);
      assertThat(taken.isBound()).isTrue();
    }

    assertThat(errors()).contains("QUARKUS_MANAGEMENT_PORT").doesNotContain("\tat ");
  }

  @Test
  void demo_portTaken_saysHowToChangeIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(listenerPort)) {
      assertThat(exit(start(demoPort(), "demo"))).isEqualTo(1);
      assertThat(taken.isBound()).isTrue();
    }

    assertThat(errors())
        .contains("port " + listenerPort + " is taken")
        .contains("STEELYARD_DEMO_PORT")
        .doesNotContain("\tat ");
  }

  @Test
  void demo_running_answersTheLineItPrintsAndLeavesNothing() throws Exception {
    Process process = start(demoPort(), "demo");
    await().atMost(PATIENCE).until(() -> output().contains("curl --cacert"));
    String certificate = output().replaceFirst("(?s).*curl --cacert (\\S+).*", "$1");

    Process curl =
        new ProcessBuilder(
                "curl", "-sS", "--cacert", certificate, "https://localhost:" + listenerPort + "/")
            .redirectErrorStream(true)
            .start();
    String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    signal(process, "INT");

    assertThat(answer).startsWith("hello from backend ");
    assertThat(exit(process)).isZero();
    assertThat(Path.of(certificate).getParent()).doesNotExist();
  }

  @Test
  void validate_goodDocument_opensNoPortAndLogsNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(managementPort)) {
      Path file = document(Integer.toString(listenerPort), backend.address());
      assertThat(exit(start(Map.of(), "validate", file.toString()))).isZero();
      assertThat(taken.isBound()).isTrue();
    }

    assertThat(errors()).isEmpty();
    assertThat(output()).endsWith(": valid\n");
  }

  private Map<String, String> demoPort() {
    return Map.of("STEELYARD_DEMO_PORT", Integer.toString(listenerPort));
  }

  private Process running(String delay) throws IOException {
    Path file = document(Integer.toString(listenerPort), backend.address());
    Process process =
        start(Map.of("STEELYARD_SHUTDOWN_DELAY", delay), "run", "--config", file.toString());
    await()
        .atMost(PATIENCE)
        .failFast(() -> !process.isAlive())
        .until(() -> errors().contains(" started "));
    await().atMost(PATIENCE).until(() -> readiness() == 200);
    return process;
  }

  private Process start(Map<String, String> environment, String... args) throws IOException {
    List<String> command = new ArrayList<>(SteelyardProcess.command(List.of()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile());
    builder.environment().put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
    builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(freePort()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Path document(String port, String address) throws IOException {
    return Files.writeString(
        directory.resolve("test.yaml"),
        """
        listeners:
          - {name: raw, protocol: tcp, address: 127.0.0.1, port: %s, server-group: app}
        server-groups:
          - {name: app, backends: [{address: "%s"}]}
        """
            .formatted(port, address));
  }

  private Socket connected() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listenerPort);
    assertEcho(socket);
    return socket;
  }

  private static void assertEcho(Socket socket) throws IOException {
    byte[] word = "hello".getBytes(StandardCharsets.UTF_8);
    socket.getOutputStream().write(word);
    assertThat(socket.getInputStream().readNBytes(word.length)).isEqualTo(word);
  }

  private int readiness() {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI ready = URI.create("http://127.0.0.1:" + managementPort + "/q/health/ready");
      return client
          .send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException notListening) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("out"));
  }

  private String errors() throws IOException {
    return Files.readString(directory.resolve("err"));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
