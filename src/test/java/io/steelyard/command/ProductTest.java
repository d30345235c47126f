package io.steelyard.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProductTest {

  @Test
  void versions_inTheCode_areThoseOfTheBuild() throws IOException {
    String build = Files.readString(Path.of("pom.xml"));

    assertThat(build)
        .contains("<artifactId>steelyard</artifactId>\n  <version>" + Product.VERSION + "<")
        .contains("<tcnative.version>" + TlsEngine.TCNATIVE_VERSION + ".Final<");
  }
}
