package io.steelyard.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that do not serve: what they print and how they exit. */
class CommandsTest {

  private static final String TCP =
      """
      listeners:
        - {name: raw, protocol: tcp, port: 8443, server-group: app}
      server-groups:
        - {name: app, backends: [{address: "127.0.0.1:1"}]}
      """;

  private static final String TCPSSL =
      """
      listeners:
        - {name: web, protocol: tcpssl, port: 443, server-group: app, tls: {certificates: [web]}}
      certificates:
        - {name: web, certificate: web.crt, key: web.key}
      server-groups:
        - {name: app, backends: [{address: "127.0.0.1:1"}]}
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path directory;

  @Test
  void validate_goodDocument_isValid() throws IOException {
    assertThat(answer("validate", file(TCP))).isEqualTo(ExitCode.OK);

    assertThat(text(out)).endsWith(": valid\n");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void validate_certificatesInPlace_bindsNothing() throws IOException {
    TestCertificates.authority("ca").issueEc("web", "localhost").writePem(directory, "web");

    assertThat(answer("validate", file(TCPSSL))).as(text(out)).isEqualTo(ExitCode.OK);
  }

  @Test
  void validate_certificateMissing_isAProblemWithItsPlace() throws IOException {
    String file = file(TCPSSL);

    assertThat(answer("validate", file)).isEqualTo(ExitCode.PROBLEM);

    assertThat(text(out)).contains(file + ":4:").contains("certificates[web]").contains("web.crt");
  }

  @Test
  void validate_severalProblems_areAllThere() throws IOException {
    String file = file(TCP.replace("8443", "70000").replace("127.0.0.1:1", "nowhere"));

    assertThat(answer("validate", file)).isEqualTo(ExitCode.PROBLEM);

    assertThat(text(out)).contains("listeners[raw].port").contains("backends").contains("problems");
  }

  @Test
  void validate_asJson_isOneObject() throws IOException {
    String file = file(TCP.replace("8443", "70000"));

    assertThat(answer("validate", "--format", "json", file)).isEqualTo(ExitCode.PROBLEM);

    JsonObject answer = new JsonObject(text(out));
    assertThat(answer.getBoolean("valid")).isFalse();
    JsonObject problem = answer.getJsonArray("problems").getJsonObject(0);
    assertThat(problem.getString("severity")).isEqualTo("error");
    assertThat(problem.getString("path")).isEqualTo("listeners[raw].port");
    assertThat(problem.getInteger("line")).isEqualTo(2);
    assertThat(problem.getInteger("column")).isPositive();
    assertThat(problem.getString("found")).contains("70000");
    assertThat(problem.getString("expected")).contains("65535");
  }

  @Test
  void validate_noSuchFile_isUnreadable() {
    String missing = directory.resolve("none.yaml").toString();

    assertThat(answer("validate", "--format=json", missing)).isEqualTo(ExitCode.UNREADABLE);

    assertThat(text(err)).contains("no such file");
    assertThat(new JsonObject(text(out)).getBoolean("valid")).isFalse();
  }

  @Test
  void validate_aDirectory_isUnreadable() {
    assertThat(answer("validate", directory.toString())).isEqualTo(ExitCode.UNREADABLE);

    assertThat(text(err)).contains("is a directory");
  }

  @Test
  void policies_ofOne_showsSuitesInOrderAndWhatIsMissing() {
    assertThat(answer("policies", "tls_cipher_policy_1_2_strict_with_1_3")).isEqualTo(ExitCode.OK);

    assertThat(text(out))
        .contains("engine: BoringSSL")
        .containsSubsequence("TLSv1.2: ", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.3: ")
        .contains("missing suites: ")
        .contains("TLS_AES_128_CCM_SHA256");
  }

  @Test
  void policies_ofAll_namesEach() {
    assertThat(answer("policies")).isEqualTo(ExitCode.OK);

    assertThat(text(out)).contains("intermediate (", "modern (", "hybrid-policy-1-0 (");
  }

  @Test
  void policies_unknownName_isAWrongCommandLine() {
    assertThat(answer("policies", "nope")).isEqualTo(ExitCode.USAGE);

    assertThat(text(err)).contains("no such policy: nope").contains("intermediate");
  }

  @Test
  void version_always_namesProductEngineAndTransport() {
    assertThat(answer("version")).isEqualTo(ExitCode.OK);

    assertThat(text(out))
        .contains("steelyard " + Product.VERSION)
        .contains("runtime   jvm")
        .contains("engine    BoringSSL (netty-tcnative 2.")
        .contains("transport ");
  }

  @Test
  void help_always_isTheUsageOnStandardOutput() {
    assertThat(answer("--help")).isEqualTo(ExitCode.OK);

    assertThat(text(out)).startsWith("usage: steelyard");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void commandLine_wrong_isTheUsageOnStandardError() {
    assertThat(answer("relaod")).isEqualTo(ExitCode.USAGE);

    assertThat(text(out)).isEmpty();
    assertThat(text(err)).contains("no such command: relaod").contains("usage: steelyard");
  }

  private int answer(String... args) {
    return Commands.answer(
        CommandLine.parse(args),
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8)));
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("steelyard.yaml"), text).toString();
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
