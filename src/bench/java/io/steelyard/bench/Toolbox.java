package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the peers' commands are: in the root of a Debian tree of another suite, run by that tree's
 * own dynamic linker so that they load that suite's C library and OpenSSL, or the machine's own.
 */
record Toolbox(Path root) {

  private static final Path MACHINE = Path.of("/");

  boolean has(String command) {
    return file(command).isPresent();
  }

  /** What a command line that runs this command begins with. */
  List<String> command(String command) {
    Path file =
        file(command).orElseThrow(() -> new IllegalStateException("no " + command + " in " + root));
    if (root.equals(MACHINE)) {
      return new ArrayList<>(List.of(file.toString()));
    }
    Path libraries = linker().getParent();
    return new ArrayList<>(
        List.of(
            linker().toString(),
            "--library-path",
            libraries.toString(),
            "--argv0",
            command,
            file.toString()));
  }

  private Optional<Path> file(String command) {
    return Stream.of("usr/sbin", "usr/bin")
        .map(folder -> root.resolve(folder).resolve(command))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private Path linker() {
    try (Stream<Path> found =
        Files.find(
            root.resolve("usr/lib"),
            2,
            (file, facts) -> file.getFileName().toString().startsWith("ld-linux"))) {
      // Where it lies in truth are the libraries; a link to it may lie one folder up.
      return found
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no linker in " + root))
          .toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path nginxModule(String name) {
    return root.resolve("usr/lib/nginx/modules").resolve(name);
  }

  /** The first line that has the pattern of what a command prints about itself. */
  String says(String pattern, String command, String... arguments) {
    List<String> line = command(command);
    line.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(one -> one.matches(pattern)).findFirst().orElse("?").strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
