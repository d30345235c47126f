package io.steelyard.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tree of the kernel's files, as a machine of 16 GiB with a generous administrator shows it. */
public final class MachineFiles {

  private static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units    \s
      Max cpu time              unlimited            unlimited            seconds  \s
      Max open files            %-20s %-20s files    \s
      Max locked memory         8388608              8388608              bytes    \s
      """;

  private final Path root;

  /** Writes the tree below that directory. */
  public MachineFiles(Path root) {
    this.root = root;
    openFiles("1048576");
    put("proc/sys/net/core/somaxconn", "4096");
    put("proc/sys/net/ipv4/ip_local_port_range", "1024\t65535");
    put("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:        11000000 kB");
    put("proc/self/cgroup", "0::/");
  }

  public MachineFiles openFiles(String soft) {
    return put("proc/self/limits", LIMITS.formatted(soft, "1048576"));
  }

  /** Writes a file, with the line feed that the kernel's have. */
  public MachineFiles put(String file, String text) {
    try {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text + "\n");
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path root() {
    return root;
  }
}
