package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a native executable looks for its libraries, and where it unpacks them. */
class NativeLibrariesTest {

  private static final List<String> NAMES = NativeLibraries.names("amd64");

  private static final Function<String, OptionalLong> UNKNOWN = name -> OptionalLong.empty();

  @TempDir private Path root;
  private Path home;
  private Path runtime;

  @BeforeEach
  void directories() throws IOException {
    home = Files.createDirectory(root.resolve("home"));
    runtime = Files.createDirectory(root.resolve("runtime"));
  }

  @Test
  void locate_bothBesideTheExecutable_unpacksNothing() throws IOException {
    for (String name : NAMES) {
      Files.createFile(home.resolve(name));
    }

    try (NativeLibraries libraries = locate("")) {
      assertThat(libraries.unpacked()).isEmpty();
      assertThat(libraries.trouble()).isEmpty();
    }
    assertThat(runtime).isEmptyDirectory();
  }

  @Test
  void locate_oneOfThemOnTheLibraryPath_unpacksNothing() throws IOException {
    Files.createFile(home.resolve(NAMES.getFirst()));
    Path path = Files.createDirectory(root.resolve("path"));
    Files.createFile(path.resolve(NAMES.getLast()));

    try (NativeLibraries libraries = locate("/nowhere:" + path)) {
      assertThat(libraries.unpacked()).isEmpty();
      assertThat(libraries.trouble()).isEmpty();
    }
  }

  @Test
  void locate_oneMissing_unpacksToADirectoryOfTheOwnerThatGoes() throws IOException {
    Files.createFile(home.resolve(NAMES.getFirst()));

    Path directory;
    try (NativeLibraries libraries = locate("")) {
      directory = libraries.unpacked().orElseThrow();
      assertThat(directory).hasParent(runtime).isDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
          .isEqualTo("rwx------");
    }
    assertThat(directory).doesNotExist();
  }

  @Test
  void locate_runtimeDirectoryGone_takesTheNext() {
    Map<String, String> environment =
        Map.of("XDG_RUNTIME_DIR", root.resolve("gone").toString(), "TMPDIR", runtime.toString());

    try (NativeLibraries libraries =
        NativeLibraries.locate(
            Optional.of(home.resolve("steelyard")), NAMES, "", environment, UNKNOWN)) {
      assertThat(libraries.unpacked().orElseThrow()).hasParent(runtime);
    }
  }

  @Test
  void locate_relativeDirectory_isNotTrusted() {
    try (NativeLibraries libraries =
        NativeLibraries.locate(
            Optional.of(home.resolve("steelyard")), NAMES, "", Map.of("TMPDIR", "."), UNKNOWN)) {
      assertThat(libraries.unpacked().orElseThrow()).hasParent(Path.of("/tmp"));
    }
  }

  @Test
  void locate_anotherVersionBeside_isRefused() throws IOException {
    for (String name : NAMES) {
      Files.writeString(home.resolve(name), "12345");
    }

    try (NativeLibraries libraries =
        NativeLibraries.locate(
            Optional.of(home.resolve("steelyard")),
            NAMES,
            "",
            Map.of(),
            name -> OptionalLong.of(name.equals(NAMES.getFirst()) ? 7 : 5))) {
      assertThat(libraries.unpacked()).isEmpty();
      assertThat(libraries.trouble())
          .singleElement()
          .asString()
          .startsWith(home.resolve(NAMES.getFirst()) + " has 5 bytes, not the 7 of the one");
    }
  }

  private NativeLibraries locate(String path) {
    return NativeLibraries.locate(
        Optional.of(home.resolve("steelyard")),
        NAMES,
        path,
        Map.of("XDG_RUNTIME_DIR", runtime.toString()),
        UNKNOWN);
  }
}
