package io.steelyard.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.control.ExplainRequest;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  @Test
  void parse_nothing_runs() {
    assertThat(CommandLine.parse()).isEqualTo(new CommandLine.Run(Optional.empty()));
  }

  @Test
  void parse_config_isTakenInEverySpelling() {
    CommandLine expected = new CommandLine.Run(Optional.of(Path.of("a.yaml")));

    assertThat(CommandLine.parse("run", "--config", "a.yaml")).isEqualTo(expected);
    assertThat(CommandLine.parse("run", "--config=a.yaml")).isEqualTo(expected);
    assertThat(CommandLine.parse("--config", "a.yaml")).isEqualTo(expected);
  }

  @Test
  void parse_takeover_isTakenBesideAFile() {
    Path file = Path.of("a.yaml");

    assertThat(CommandLine.parse("--takeover"))
        .isEqualTo(new CommandLine.Run(Optional.empty(), true));
    assertThat(CommandLine.parse("run", "--takeover", "--config", "a.yaml"))
        .isEqualTo(new CommandLine.Run(Optional.of(file), true));
    assertThat(CommandLine.parse("run", "--config=a.yaml", "--takeover"))
        .isEqualTo(new CommandLine.Run(Optional.of(file), true));
  }

  @Test
  void parse_validate_knowsItsFormats() {
    assertThat(CommandLine.parse("validate", "a.yaml"))
        .isEqualTo(new CommandLine.Validate(Path.of("a.yaml"), false));
    assertThat(CommandLine.parse("validate", "--format", "json", "a.yaml"))
        .isEqualTo(new CommandLine.Validate(Path.of("a.yaml"), true));
    assertThat(CommandLine.parse("validate", "a.yaml", "--format=text"))
        .isEqualTo(new CommandLine.Validate(Path.of("a.yaml"), false));
  }

  @Test
  void parse_policies_takesAName() {
    assertThat(CommandLine.parse("policies")).isEqualTo(new CommandLine.Policies(Optional.empty()));
    assertThat(CommandLine.parse("policies", "modern"))
        .isEqualTo(new CommandLine.Policies(Optional.of("modern")));
  }

  @Test
  void parse_diff_takesTwoFiles() {
    Path a = Path.of("a.yaml");
    Path b = Path.of("b.yaml");
    assertThat(CommandLine.parse("diff", "a.yaml", "b.yaml"))
        .isEqualTo(new CommandLine.Diff(a, b, false, false));
    assertThat(CommandLine.parse("diff", "--exit-code", "a.yaml", "--format=json", "b.yaml"))
        .isEqualTo(new CommandLine.Diff(a, b, true, true));
  }

  @Test
  void parse_explain_takesAClient() {
    assertThat(CommandLine.parse("explain", "--port", "443"))
        .isEqualTo(
            new CommandLine.Explain(
                Optional.empty(),
                new ExplainRequest(
                    Optional.empty(), 443, List.of(), Optional.empty(), Optional.empty()),
                false));
    String line =
        "explain --sni a.example --port 443 --alpn h2,http/1.1 --source 192.0.2.1 --address ::1"
            + " --config c.yaml --format json";
    assertThat(CommandLine.parse(line.split(" ")))
        .isEqualTo(
            new CommandLine.Explain(
                Optional.of(Path.of("c.yaml")),
                new ExplainRequest(
                    Optional.of("a.example"),
                    443,
                    List.of("h2", "http/1.1"),
                    Optional.of(InetAddress.ofLiteral("192.0.2.1")),
                    Optional.of(InetAddress.ofLiteral("::1"))),
                true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "run extra",
        "run --config",
        "run --confg=x",
        "demo now",
        "validate",
        "validate a b",
        "validate a --format yaml",
        "validate a --format",
        "policies a b",
        "version x",
        "-x",
        "diff a",
        "diff a b c",
        "diff a b --exit",
        "diff a b --format yaml",
        "explain --sni a",
        "explain --port 0",
        "explain --port 70000",
        "explain --port 1 --source nowhere",
        "explain --port 1 --source 10.0.0.0/8",
        "explain --port 1 --address",
        "explain --port 1 --format xml",
        "explain --port 1 2"
      })
  void parse_notUnderstood_isWrong(String line) {
    assertThat(CommandLine.parse(line.split(" "))).isInstanceOf(CommandLine.Wrong.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "reload", "drain", "revisions", "rollback 3"})
  void parse_commandOfARunningProcess_isOne(String line) {
    assertThat(CommandLine.parse(line.split(" "))).isInstanceOf(CommandLine.Admin.class);
  }
}
