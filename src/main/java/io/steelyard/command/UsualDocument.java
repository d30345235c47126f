package io.steelyard.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where the balancer document is when nobody says where. */
public final class UsualDocument {

  private static final List<Path> PLACES =
      List.of(Path.of("steelyard.yaml"), Path.of("/etc/steelyard/steelyard.yaml"));

  private UsualDocument() {}

  /** The first that is there. */
  public static Optional<Path> find() {
    return PLACES.stream().filter(Files::exists).findFirst();
  }

  /** For commands, before there is a configuration: what -D or the environment names, else that. */
  static Optional<Path> named() {
    return Optional.ofNullable(System.getProperty("steelyard.config"))
        .or(() -> Optional.ofNullable(System.getenv("STEELYARD_CONFIG")))
        .flatMap(CommandLine::path)
        .or(UsualDocument::find);
  }

  /** Says that there is none. */
  public static String missing() {
    return "no configuration: neither --config nor STEELYARD_CONFIG is given, and there is no "
        + PLACES.stream().map(Path::toString).collect(Collectors.joining(" and no "));
  }
}
