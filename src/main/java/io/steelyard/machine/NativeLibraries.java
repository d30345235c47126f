package io.steelyard.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * Where the native executable gets BoringSSL and epoll from: two libraries, which it finds beside
 * itself (a native image looks there first), and which only a bare executable unpacks, into a
 * directory of its own that is gone once they are loaded.
 */
public final class NativeLibraries implements AutoCloseable {

  /** Where Netty unpacks; read once, when its loader is initialised. */
  static final String WORKDIR = "io.netty.native.workdir";

  private static final String BESIDE = "java.library.path";

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Optional<Path> unpacked;
  private final List<String> trouble;

  private NativeLibraries(Optional<Path> unpacked, List<String> trouble) {
    this.unpacked = unpacked;
    this.trouble = List.copyOf(trouble);
  }

  /** The libraries of a processor, by the names that Netty gives them. */
  static List<String> names(String architecture) {
    String suffix = architecture.equals("aarch64") ? "aarch_64.so" : "x86_64.so";
    return List.of(
        "libnetty_tcnative_linux_" + suffix, "libnetty_transport_native_epoll_" + suffix);
  }

  /** Looks for this process's (blocking). To be called before anything of Netty is loaded. */
  public static NativeLibraries locate() {
    if (System.getProperty(WORKDIR) != null) {
      return new NativeLibraries(Optional.empty(), List.of());
    }
    NativeLibraries found =
        locate(
            executable(),
            names(System.getProperty("os.arch", "")),
            System.getProperty(BESIDE, ""),
            System.getenv(),
            NativeLibraries::builtInBytes);
    found.unpacked.ifPresent(directory -> System.setProperty(WORKDIR, directory.toString()));
    return found;
  }

  private static Optional<Path> executable() {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of("/proc/self/exe")));
    } catch (IOException noProc) {
      return Optional.empty();
    }
  }

  /** The size of the copy in the executable, where it is an array in memory. */
  private static OptionalLong builtInBytes(String name) {
    String resource = "/META-INF/native/" + name;
    try (InputStream copy = NativeLibraries.class.getResourceAsStream(resource)) {
      return copy == null ? OptionalLong.empty() : OptionalLong.of(copy.available());
    } catch (IOException notInMemory) {
      return OptionalLong.empty();
    }
  }

  /**
   * Looks for those of an executable.
   *
   * @param path where else the runtime looks, separated by colons
   * @param builtIn the size of the library of that name that the executable was built with
   */
  static NativeLibraries locate(
      Optional<Path> executable,
      List<String> names,
      String path,
      Map<String, String> environment,
      Function<String, OptionalLong> builtIn) {
    List<String> strangers =
        executable
            .map(Path::getParent)
            .map(directory -> strangers(directory, names, builtIn))
            .orElse(List.of());
    if (!strangers.isEmpty()) {
      return new NativeLibraries(Optional.empty(), strangers);
    }
    List<Path> places = new ArrayList<>();
    executable.map(Path::getParent).ifPresent(places::add);
    for (String place : path.split(":", -1)) {
      if (!place.isEmpty()) {
        places.add(Path.of(place));
      }
    }
    List<String> missing =
        names.stream()
            .filter(name -> places.stream().noneMatch(place -> isFile(place.resolve(name))))
            .toList();
    if (missing.isEmpty()) {
      return new NativeLibraries(Optional.empty(), List.of());
    }
    List<String> trouble = new ArrayList<>();
    trouble.add(
        executable.isPresent()
            ? "not in " + executable.get().getParent() + ": " + String.join(", ", missing)
            : "/proc is not mounted, so that nothing is found beside the executable");
    for (Parent parent : parents(environment)) {
      try {
        Path directory = Files.createTempDirectory(parent.directory(), "steelyard-", OWNER_ONLY);
        return new NativeLibraries(Optional.of(directory), List.of());
      } catch (IOException e) {
        trouble.add("cannot be unpacked to " + parent.text() + ": " + reason(e));
      }
    }
    return new NativeLibraries(Optional.empty(), trouble);
  }

  /** An upgrade that forgot the libraries would load those of another version. */
  private static List<String> strangers(
      Path home, List<String> names, Function<String, OptionalLong> builtIn) {
    List<String> strangers = new ArrayList<>();
    for (String name : names) {
      Path file = home.resolve(name);
      OptionalLong expected = builtIn.apply(name);
      if (isFile(file) && expected.isPresent() && file.toFile().length() != expected.getAsLong()) {
        strangers.add(
            file
                + " has "
                + file.toFile().length()
                + " bytes, not the "
                + expected.getAsLong()
                + " of the one that this executable was built with: replace or remove it");
      }
    }
    return strangers;
  }

  private static boolean isFile(Path file) {
    return Files.isRegularFile(file) && Files.isReadable(file);
  }

  /** The first that is absolute and takes a directory of ours is used. */
  private static List<Parent> parents(Map<String, String> environment) {
    List<Parent> parents = new ArrayList<>();
    for (String variable : List.of("XDG_RUNTIME_DIR", "TMPDIR")) {
      String value = environment.getOrDefault(variable, "");
      if (value.startsWith("/")) {
        parents.add(new Parent(variable + " (" + value + ")", Path.of(value)));
      }
    }
    parents.add(new Parent("/tmp", Path.of("/tmp")));
    return parents;
  }

  private static String reason(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such directory";
    }
    String message = String.valueOf(failure.getMessage());
    return message.substring(message.lastIndexOf(": ") + 1).strip();
  }

  /**
   * Why they can be neither found nor unpacked, or are not ours; empty where all is well. Whether
   * they then load is for engine and transport to say.
   */
  public List<String> trouble() {
    return trouble;
  }

  /** Where they are unpacked to until {@link #close}. */
  public Optional<Path> unpacked() {
    return unpacked;
  }

  /**
   * Removes the directory that they were unpacked to. Netty has deleted the files by then: a loaded
   * library needs none.
   */
  @Override
  public void close() {
    if (unpacked.isEmpty()) {
      return;
    }
    try {
      Files.deleteIfExists(unpacked.get());
    } catch (IOException e) {
      // What is left is an empty directory of ours, or a file that Netty deletes at exit.
      unpacked.get().toFile().deleteOnExit();
    }
  }

  private record Parent(String text, Path directory) {}
}
