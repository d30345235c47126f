package io.steelyard.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What writing leaves in the directory of the document's file. */
class DocumentStoreTest {

  private static final byte[] NEXT = "next\n".getBytes(UTF_8);

  @TempDir private Path directory;

  @Test
  void write_again_keepsModeAndTheTextBefore() throws Exception {
    Path file = Files.writeString(directory.resolve("steelyard.yaml"), "first\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    DocumentStore store = new DocumentStore(file, true);

    assertThat(store.write("second\n".getBytes(UTF_8))).isEmpty();
    assertThat(store.write(NEXT)).isEmpty();

    assertThat(file).hasContent("next\n");
    assertThat(directory.resolve("steelyard.yaml.previous")).hasContent("second\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(names()).containsExactlyInAnyOrder("steelyard.yaml", "steelyard.yaml.previous");
  }

  @Test
  void write_throughALink_replacesItsTarget() throws Exception {
    Path far = Files.createDirectory(directory.resolve("far"));
    Path target = Files.writeString(far.resolve("document.yaml"), "first\n");
    Path link = Files.createSymbolicLink(directory.resolve("steelyard.yaml"), target);

    assertThat(new DocumentStore(link, true).write(NEXT)).isEmpty();

    assertThat(link).isSymbolicLink();
    assertThat(target).hasContent("next\n");
    assertThat(far.resolve("document.yaml.previous")).hasContent("first\n");
  }

  @Test
  void write_overLeftoversOfAnInterruptedOne_replacesThem() throws Exception {
    Path file = Files.writeString(directory.resolve("steelyard.yaml"), "first\n");
    Files.writeString(directory.resolve("steelyard.yaml.new"), "half a fi");
    Files.writeString(directory.resolve("steelyard.yaml.previous.new"), "older\n");

    assertThat(new DocumentStore(file, true).write(NEXT)).isEmpty();

    assertThat(file).hasContent("next\n");
    assertThat(names()).containsExactlyInAnyOrder("steelyard.yaml", "steelyard.yaml.previous");
  }

  @Test
  void write_whereThereIsNoFile_saysSoAndLeavesNothing() throws Exception {
    Path file = directory.resolve("steelyard.yaml");

    assertThat(new DocumentStore(file, true).write(NEXT).orElseThrow()).contains("no such file");

    assertThat(names()).isEmpty();
  }

  @Test
  void write_previousCannotBeKept_leavesTheFileAsItWas() throws Exception {
    Path file = Files.writeString(directory.resolve("steelyard.yaml"), "first\n");
    Files.createDirectories(directory.resolve("steelyard.yaml.previous/not-empty"));

    assertThat(new DocumentStore(file, true).write(NEXT)).isPresent();

    assertThat(file).hasContent("first\n");
    assertThat(names()).containsExactlyInAnyOrder("steelyard.yaml", "steelyard.yaml.previous");
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    }
  }
}
