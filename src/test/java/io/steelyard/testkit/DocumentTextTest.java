package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ProblemFormat;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentTextTest {

  private static final Path DIRECTORY = Path.of("/etc/steelyard");

  /** The document of the configuration's own tests, which has every key. */
  @Test
  void of_everyPropertySet_readsAsTheSameRecords() throws IOException, URISyntaxException {
    String full =
        Files.readString(Path.of(DocumentTextTest.class.getResource("/config/full.yaml").toURI()));
    BalancerDocument document = read(full);
    assertThat(read(DocumentText.of(document))).isEqualTo(document);
  }

  @Test
  void of_whatTestsBuild_readsAsTheSameRecords() {
    ListenerConfig listener =
        new Listen()
            .noDefaultGroup()
            .idle(Duration.ofMillis(1500))
            .rate(5, 7)
            .routes(new SniRoute(List.of("*.a.example", "b.example"), List.of("h2"), "app"))
            .build(443);
    BalancerDocument document =
        new BalancerDocument(
            List.of(listener),
            List.of(),
            List.of(),
            List.of(new Group().backend(80).queue(3, Duration.ofMillis(200)).build()));
    assertThat(read(DocumentText.of(document))).isEqualTo(document);
  }

  private static BalancerDocument read(String text) {
    ConfigReader.Reading reading =
        ConfigReader.read(text, "steelyard.yaml", DIRECTORY, name -> null);
    return reading
        .document()
        .orElseThrow(
            () -> new AssertionError(text + "\n" + ProblemFormat.lines(reading.problems())));
  }
}
