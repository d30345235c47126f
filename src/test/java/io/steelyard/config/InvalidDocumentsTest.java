package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ConfigReader.Reading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every document of {@code invalid} is answered with exactly the problems of the {@code .expected}
 * file next to it: each with its place, what was found and what was expected.
 */
class InvalidDocumentsTest {

  private static final Path DIRECTORY = Path.of("src/test/resources/invalid");
  private static final int KINDS = 23;

  static List<String> documents() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void read_invalidDocument_reportsAllProblems(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(DIRECTORY.resolve(name));
    List<String> expected =
        Files.readAllLines(
            DIRECTORY.resolve(name.replace(".yaml", ".expected")), StandardCharsets.UTF_8);

    Reading reading = ConfigReader.read(bytes, name, DIRECTORY, variable -> null);

    assertThat(ProblemFormat.lines(reading.problems())).containsExactlyElementsOf(expected);
    assertThat(reading.document()).isEmpty();
  }

  @Test
  void documents_all_areThere() throws IOException {
    assertThat(documents()).hasSize(KINDS);
  }
}
