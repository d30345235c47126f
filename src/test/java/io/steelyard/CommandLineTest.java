package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
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
        "reload",
        "status",
        "diff a b",
        "explain --sni a"
      })
  void parse_notUnderstood_isWrong(String line) {
    assertThat(CommandLine.parse(line.split(" "))).isInstanceOf(CommandLine.Wrong.class);
  }

  @Test
  void parse_announcedCommand_isNotAvailableYet() {
    assertThat(CommandLine.parse("rollback", "3"))
        .isEqualTo(new CommandLine.Wrong("rollback: not available yet"));
  }
}
