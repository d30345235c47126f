package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.command.ExitCode;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The executable's libraries: those beside it are used and nothing is written anywhere; a bare one
 * unpacks them into a directory of its own, which is gone by the time it serves; those of another
 * build end the start. What the kernel has mapped into the process says which are in use.
 */
class NativeLibrariesIT {

  private static final List<String> NAMES = NativeLibraries.names(System.getProperty("os.arch"));

  private final Path built = Path.of(System.getProperty("steelyard.executable")).toAbsolutePath();
  private final SocketBackend backend = SocketBackend.echo();

  @TempDir private Path directory;
  private Path temporary;
  private Path home;

  @BeforeEach
  void directories() throws IOException {
    temporary = Files.createDirectory(directory.resolve("temporary"));
    home = Files.createDirectory(directory.resolve("home"));
  }

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void libraries_besideTheExecutable_areUsedAndNothingIsUnpacked() throws IOException {
    try (SteelyardProcess steelyard = launch().serve(document())) {
      assertThat(libraries(steelyard))
          .containsExactlyInAnyOrderElementsOf(
              NAMES.stream().map(name -> built.resolveSibling(name).toString()).toList());
      assertThat(temporary).isEmptyDirectory();
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void libraries_ofABareExecutable_areUnpackedIntoADirectoryThatGoes() throws IOException {
    Path bare = Files.copy(built, home.resolve("steelyard"));

    try (SteelyardProcess steelyard = launch().executable(bare).serve(document())) {
      assertThat(libraries(steelyard))
          .hasSize(NAMES.size())
          .allMatch(library -> library.startsWith(temporary + "/steelyard-"))
          .allMatch(library -> library.endsWith("(deleted)"));
      assertThat(temporary).isEmptyDirectory();
    }
  }

  @Test
  void libraries_ofAnotherBuild_endTheStart() throws IOException {
    Path copy = Files.copy(built, home.resolve("steelyard"));
    for (String name : NAMES) {
      Files.writeString(home.resolve(name), "of another build");
    }

    try (SteelyardProcess steelyard = launch().executable(copy).run("demo")) {
      assertThat(steelyard.process().exit()).isEqualTo(ExitCode.PROBLEM);
      assertThat(steelyard.log())
          .contains("steelyard: native libraries: ", "has 16 bytes", "replace or remove it")
          .doesNotContain(" started ");
      assertThat(temporary).isEmptyDirectory();
    }
  }

  private SteelyardProcess.Launch launch() {
    return SteelyardProcess.in(directory).set("XDG_RUNTIME_DIR", temporary.toString());
  }

  private String document() {
    return """
    listeners:
      - {name: raw, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
    server-groups:
      - {name: app, backends: [{address: "%s"}]}
    """
        .formatted(LoopbackPorts.free(), backend.address());
  }

  /** The native libraries of Netty that are mapped into it. */
  private static List<String> libraries(SteelyardProcess steelyard) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + steelyard.process().pid() + "/maps")).stream()
        .filter(line -> line.contains("libnetty_"))
        .map(line -> line.substring(line.indexOf('/')))
        .distinct()
        .toList();
  }
}
