package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/**
 * Quarkus takes BoringSSL and epoll out of native executables by substitution classes, and {@code
 * application.yaml} takes the ones that do it away again, by name. An upgrade that adds, renames or
 * moves one must not pass unseen: every substitution of Netty or Vert.x on the class path stands in
 * {@code native/substitutions.txt}, as removed or as kept.
 */
class SubstitutionsTest {

  private static final String ANNOTATION = "Lcom/oracle/svm/core/annotate/TargetClass;";

  @Test
  void substitutions_ofNettyAndVertx_areTheOnesThatWereJudged() throws IOException {
    assertThat(found())
        .as("judge each new one: does it touch OpenSSL, SslContext, epoll or the transport?")
        .isEqualTo(
            judged().stream().map(line -> line.replaceFirst("^(removed|kept) ", "")).toList());
  }

  @Test
  void removedResources_inTheSettings_areTheOnesJudgedSo() throws IOException {
    String settings = resource("application.yaml");
    List<String> removed =
        settings
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("- io/quarkus/"))
            .map(line -> line.substring(2))
            // Goes with the class that it lies in.
            .filter(name -> !name.matches(".*\\$[0-9]+\\.class"))
            .sorted()
            .toList();

    assertThat(removed)
        .isEqualTo(
            judged().stream()
                .filter(line -> line.startsWith("removed "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .sorted()
                .toList());
  }

  private static List<String> judged() throws IOException {
    return resource("native/substitutions.txt")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  /** Artifact and class file, sorted by class file. */
  private static List<String> found() throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    // Directories have no manifest: what is listed is every jar.
    Enumeration<URL> manifests =
        SubstitutionsTest.class.getClassLoader().getResources(JarFile.MANIFEST_NAME);
    for (URL manifest : Collections.list(manifests)) {
      if (manifest.getProtocol().equals("jar")) {
        String path = manifest.getPath();
        collect(URI.create(path.substring(0, path.indexOf('!'))).getPath(), found);
      }
    }
    List<String> lines = new ArrayList<>();
    found.forEach((name, artifact) -> lines.add(artifact + " " + name));
    return lines;
  }

  private static void collect(String jar, TreeMap<String, String> found) throws IOException {
    String artifact = jar.replaceFirst(".*/", "").replaceFirst("-[0-9].*", "");
    try (JarFile file = new JarFile(jar)) {
      for (JarEntry entry : Collections.list(file.entries())) {
        if (!entry.getName().endsWith(".class") || entry.getName().startsWith("META-INF/")) {
          continue;
        }
        String bytes =
            new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
        if (bytes.contains(ANNOTATION) && aboutTransportOrTls(bytes)) {
          found.put(entry.getName(), artifact);
        }
      }
    }
  }

  private static boolean aboutTransportOrTls(String bytes) {
    return bytes.contains("io/netty/")
        || bytes.contains("io.netty.")
        || bytes.contains("io/vertx/core/")
        || bytes.contains("io.vertx.core.");
  }

  private static String resource(String name) throws IOException {
    try (var stream = SubstitutionsTest.class.getClassLoader().getResourceAsStream(name)) {
      assertThat(stream).as(name).isNotNull();
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
