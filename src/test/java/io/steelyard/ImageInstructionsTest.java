package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.command.Product;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both ways to an image end in the same one. */
class ImageInstructionsTest {

  @Test
  void images_fromSourcesAndPrebuilt_areDescribedAlike() throws IOException {
    assertThat(afterTheFiles("native/Dockerfile"))
        .isEqualTo(afterTheFiles("native/Dockerfile.prebuilt"))
        .contains(
            "USER 65532:65532",
            "EXPOSE 8443 9900",
            "STOPSIGNAL SIGTERM",
            "ENTRYPOINT [\"/steelyard\"]",
            "      org.opencontainers.image.version=\"" + Product.VERSION + "\" \\");
  }

  /** What follows the last {@code COPY} on to an empty root. */
  private static List<String> afterTheFiles(String file) throws IOException {
    List<String> lines = Files.readAllLines(Path.of(file));
    int scratch = lines.indexOf("FROM scratch");
    assertThat(scratch).isNotNegative();
    assertThat(lines.get(scratch + 1)).startsWith("COPY ").endsWith(" /");
    return lines.subList(scratch + 2, lines.size());
  }
}
