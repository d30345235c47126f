package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ConfigReader.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every document shown in the pages is one that the reader takes, without a problem or warning. */
class DocumentationTest {

  private static final Pattern YAML_BLOCK = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final List<Path> PAGES =
      List.of(Path.of("README.md"), Path.of("src/docs/configuration.md"));

  @TestFactory
  Stream<DynamicTest> pages_documents_haveNoProblem() throws IOException {
    Stream.Builder<DynamicTest> tests = Stream.builder();
    int found = 0;
    for (Path page : PAGES) {
      var block = YAML_BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        found++;
        String text = block.group(1);
        tests.add(DynamicTest.dynamicTest(page + " document " + found, () -> check(page, text)));
      }
    }
    assertThat(found).as("documents in the pages").isEqualTo(3);
    return tests.build();
  }

  private static void check(Path page, String text) {
    Reading reading =
        ConfigReader.read(
            text, page.getFileName().toString(), Path.of("/etc/steelyard"), name -> null);
    assertThat(reading.problems().all()).isEmpty();
    assertThat(reading.document()).isPresent();
  }
}
