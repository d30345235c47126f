package io.steelyard.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code diff} and {@code explain}: what they print and how they exit. */
class OfflineCommandsTest {

  private static final String TCP =
      """
      listeners:
        - {name: raw, protocol: tcp, port: 8443, server-group: app}
      server-groups:
        - {name: app, backends: [{address: "127.0.0.1:1"}]}
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path directory;

  @Test
  void diff_alike_saysSo() throws IOException {
    assertThat(answer("diff", file("a", TCP), file("b", "# other words\n" + TCP), "--exit-code"))
        .isEqualTo(ExitCode.OK);
    assertThat(text(out)).isEqualTo("nothing changes\n");
  }

  @Test
  void diff_different_tellsAndExitsAsAsked() throws IOException {
    String old = file("a", TCP);
    String next = file("b", TCP.replace("8443", "8444"));

    assertThat(answer("diff", old, next)).isEqualTo(ExitCode.OK);
    assertThat(text(out))
        .isEqualTo(
            """
            listener raw rebound: must rebind: [::]:8443 → [::]:8444; open flows stay and keep their settings; [::]:8443 is freed
              port: 8443 → 8444
            """);
    assertThat(answer("diff", "--exit-code", old, next)).isEqualTo(ExitCode.DIFFERENT);
  }

  @Test
  void diff_asJson_isOneObject() throws IOException {
    String next = TCP.replace("127.0.0.1:1", "127.0.0.1:2");
    assertThat(answer("diff", "--format=json", file("a", TCP), file("b", next)))
        .isEqualTo(ExitCode.OK);
    JsonObject plan = new JsonObject(text(out));
    assertThat(plan.getBoolean("empty")).isFalse();
    assertThat(plan.getJsonArray("server-groups").getJsonObject(0).getJsonArray("backends"))
        .hasSize(2);
  }

  @Test
  void diff_problem_isToldForBothAndExits() throws IOException {
    String bad = TCP.replace("8443", "0");
    String first = file("a", bad);
    String second = file("b", bad);

    assertThat(answer("diff", first, second)).isEqualTo(ExitCode.PROBLEM);
    assertThat(text(err).lines()).hasSize(2);
    assertThat(text(err)).contains(first + ":2:").contains(second + ":2:");

    assertThat(answer("diff", "--format", "json", first, second)).isEqualTo(ExitCode.PROBLEM);
    assertThat(new JsonObject(text(out)).getJsonArray("problems")).hasSize(2);
  }

  @Test
  void diff_noSuchFile_isUnreadable() throws IOException {
    assertThat(answer("diff", file("a", TCP), "/nowhere/b")).isEqualTo(ExitCode.UNREADABLE);
    assertThat(text(err)).contains("/nowhere/b: no such file");
  }

  @Test
  void explain_client_tellsItsWay() throws IOException {
    assertThat(answer("explain", "--config", file("a", TCP), "--port=8443", "--source", "::1"))
        .isEqualTo(ExitCode.OK);
    assertThat(text(out))
        .startsWith("listener      raw (listens on [::]:8443)\n")
        .endsWith(
            "goes to backend 127.0.0.1:1 of server group app; connect within 5s, 3 retries on"
                + " others\n");
  }

  @Test
  void explain_asJson_isOneObject() throws IOException {
    String file = file("a", TCP);
    assertThat(answer("explain", "--config", file, "--port", "1", "--format", "json"))
        .isEqualTo(ExitCode.OK);
    assertThat(new JsonObject(text(out)).getString("outcome"))
        .isEqualTo("refused: nothing listens there");
  }

  @Test
  void explain_problem_isTold() throws IOException {
    String file = file("a", TCP.replace("8443", "0"));
    assertThat(answer("explain", "--config", file, "--port", "1")).isEqualTo(ExitCode.PROBLEM);
    assertThat(text(err)).contains("listeners[raw].port: 0");
    assertThat(answer("explain", "--config", "/nowhere/a", "--port", "1"))
        .isEqualTo(ExitCode.UNREADABLE);
  }

  private int answer(String... args) {
    return Commands.answer(
        CommandLine.parse(args),
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8)));
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
