package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process and the commands that ask it, both as operators run them: what they print, how they
 * exit, who is let in, and which starts are refused.
 */
class AdminCommandsIT {

  private final int port = LoopbackPorts.free();
  private final int adminPort = LoopbackPorts.free();
  private final SocketBackend backend = SocketBackend.echo();
  private String token = "";

  @TempDir private Path directory;

  @BeforeEach
  void makeToken() throws IOException {
    Told made = command(Map.of(), "token", "olga", "--role", "operator");
    token = made.out().strip();
    assertThat(made.exit()).isZero();
    assertThat(made.err()).doesNotContain(token);
    String line = made.err().lines().reduce((first, last) -> last).orElseThrow();
    Files.writeString(directory.resolve("tokens"), line + "\n");
    Files.setPosixFilePermissions(
        directory.resolve("tokens"), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(directory.resolve("token"), token + "\n");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void commands_againstARunningProcess_askAndChangeIt() throws IOException {
    try (SteelyardProcess steelyard = launch().serve(document(port))) {
      Patience.await().until(() -> ask("status").out().startsWith("ready"));
      assertThat(ask("status").out())
          .contains("LISTENER", "raw", "accepting", "GROUP", backend.address(), "up")
          .contains("revision 1 applied");
      assertThat(new JsonObject(ask("status", "--format", "json").out()).getBoolean("ready"))
          .isTrue();
      assertThat(ask("reload").out()).isEqualTo("unchanged\n");
      assertThat(ask("explain", "--running", "--port", Integer.toString(port)).out())
          .contains("goes to backend " + backend.address());
      assertThat(ask("backend", "set", "app", backend.address(), "drain", "--weight", "7").exit())
          .isZero();
      assertThat(ask("status").out()).contains("draining");

      Files.writeString(directory.resolve("steelyard.yaml"), document(70_000));
      Told refused = ask("reload");
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err()).contains("listeners[raw].port: 70000 (expected: 1..65535)");
      assertThat(ask("revisions").out()).contains("2 refused", "1 applied", "70000");
      assertThat(ask("rollback", "1").exit()).isZero();
      assertThat(directory.resolve("steelyard.yaml")).hasContent(document(port));

      assertThat(ask("drain", "raw").exit()).isZero();
      assertThat(ask("drain").out()).isEqualTo("the process drains\n");
      assertThat(steelyard.process().exit()).isZero();
      assertThat(steelyard.log()).contains("who=olga role=operator").doesNotContain(token);
    }
    assertThat(ask("status").exit()).isEqualTo(2);
  }

  @Test
  void commands_withoutARightToken_exit77() {
    try (SteelyardProcess steelyard = launch().serve(document(port))) {
      assertThat(command(address(), "status").exit()).isEqualTo(77);
      Told wrong =
          command(
              Map.of(
                  "STEELYARD_ADMIN_URL",
                  "http://127.0.0.1:" + adminPort,
                  "STEELYARD_TOKEN",
                  "steelyard_wrong"),
              "reload");
      assertThat(wrong.exit()).isEqualTo(77);
      assertThat(wrong.err()).contains("the tokens file");
      assertThat(steelyard.log()).contains("denied").doesNotContain("steelyard_wrong");
    }
  }

  @Test
  void commands_overTls_believeTheAuthorityTheyAreGiven() {
    var authority = TestCertificates.authority("operators");
    authority.issueEc("admin", "127.0.0.1").writePem(directory, "admin");
    Path ca = authority.writePem(directory, "ca");
    SteelyardProcess.Launch launch =
        launch()
            .set("QUARKUS_HTTP_HOST", "0.0.0.0")
            .set("STEELYARD_ADMIN_TLS_CERTIFICATE", "admin.crt")
            .set("STEELYARD_ADMIN_TLS_KEY", "admin.key");
    try (SteelyardProcess steelyard = launch.serve(document(port))) {
      String url = "https://127.0.0.1:" + adminPort;

      assertThat(ask("status", "--url", url, "--ca", ca.toString()).out()).contains("accepting");
      assertThat(ask("status", "--url", url).exit()).isEqualTo(2);
      assertThat(steelyard.log()).contains(" started ");
    }
  }

  @Test
  void errors_ofTheServerItself_areNeverHtml() throws IOException {
    try (SteelyardProcess steelyard = launch().serve(document(port))) {
      for (String line :
          List.of(
              "GET / HTTP/1.1",
              "GET /q/health HTTP/1.1",
              "BREW /api/v1/status HTTP/1.1",
              "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1")) {
        String answer = raw(line);
        assertThat(answer).as(line).matches("(?s)HTTP/1.1 4[0-9]{2} .*");
        assertThat(answer).as(line).contains("application/problem+json").doesNotContain("<html");
      }
      // Refused below every handler, with nothing to say.
      for (String line :
          List.of("GET /api/v1/%zz HTTP/1.1", "GET /api/v1/status?x=%zz HTTP/1.1", "NONSENSE")) {
        assertThat(raw(line)).as(line).matches("(?s)HTTP/1\\.[01] 400 .*").endsWith("\r\n\r\n");
      }
      assertThat(raw("GET /api/v1/openapi HTTP/1.1")).contains("\"openapi\":\"3.0.3\"");
      assertThat(steelyard.process().isAlive()).isTrue();
    }
  }

  @Test
  void start_onEveryAddressWithoutProtection_isRefusedAndBindsNothing() throws IOException {
    SteelyardProcess.Launch launch =
        SteelyardProcess.in(directory)
            .set("QUARKUS_HTTP_PORT", Integer.toString(adminPort))
            .set("QUARKUS_HTTP_HOST", "0.0.0.0");
    String file = launch.write(document(port)).toString();
    // Whatever binds there meanwhile would find it taken.
    try (ServerSocket held = new ServerSocket(adminPort);
        SteelyardProcess refused = launch.run("run", "--config", file)) {
      assertThat(refused.process().exit()).isEqualTo(1);
      assertThat(held.isBound()).isTrue();
      assertThat(refused.log())
          .contains("quarkus.http.host: 0.0.0.0")
          .contains("steelyard.admin.tokens-file")
          .contains("steelyard.admin.tls.certificate")
          .doesNotContain("is taken");
    }
  }

  @Test
  void start_tokensFileBroken_isRefusedWithTheLine() throws IOException {
    Files.writeString(directory.resolve("tokens"), "olga operator " + token + "\n");
    SteelyardProcess.Launch launch = launch();
    String file = launch.write(document(port)).toString();
    try (SteelyardProcess refused = launch.run("run", "--config", file)) {
      assertThat(refused.process().exit()).isEqualTo(1);
      assertThat(refused.log()).contains("tokens:1:1: line 1").doesNotContain(token);
    }
  }

  @Test
  void demo_running_opensNoAdminPort() throws IOException {
    try (SteelyardProcess demo =
        launch().set("STEELYARD_DEMO_PORT", Integer.toString(port)).run("demo").awaitStarted()) {
      try (ServerSocket free = new ServerSocket(adminPort, 1, InetAddress.getLoopbackAddress())) {
        assertThat(free.isBound()).isTrue();
      }
      demo.process().signal("TERM");
      Patience.await().until(() -> !demo.process().isAlive());
    }
  }

  private SteelyardProcess.Launch launch() {
    return SteelyardProcess.in(directory)
        .set("QUARKUS_HTTP_PORT", Integer.toString(adminPort))
        .set("STEELYARD_ADMIN_TOKENS_FILE", "tokens");
  }

  private String document(int listenerPort) {
    return """
        # as it was written
        listeners:
          - {name: raw, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
        server-groups:
          - {name: app, backends: [{address: "%s"}]}
        """
        .formatted(listenerPort, backend.address());
  }

  private Map<String, String> address() {
    return Map.of("STEELYARD_ADMIN_URL", "http://127.0.0.1:" + adminPort);
  }

  private Told ask(String... arguments) {
    return command(
        Map.of(
            "STEELYARD_ADMIN_URL",
            "http://127.0.0.1:" + adminPort,
            "STEELYARD_TOKEN_FILE",
            directory.resolve("token").toString()),
        arguments);
  }

  private Told command(Map<String, String> environment, String... arguments) {
    List<String> line = new ArrayList<>(SteelyardProcess.command(List.of()));
    line.addAll(List.of(arguments));
    try (PeerProcess process = PeerProcess.start(directory, line, environment)) {
      int exit = process.exit();
      return new Told(exit, process.out(), process.err());
    }
  }

  private String raw(String line) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), adminPort)) {
      socket.setSoTimeout(20_000);
      String head =
          line
              + "\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
              + token
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** What a command said. */
  private record Told(int exit, String out, String err) {}
}
