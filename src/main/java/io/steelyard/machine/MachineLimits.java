package io.steelyard.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the kernel allows this process; absent is what it does not say, or does not limit.
 *
 * @param openFiles RLIMIT_NOFILE in force; the runtime has raised it to the hard limit by the time
 *     we look
 * @param backlog clients that may wait in a listening socket's queue, {@code net.core.somaxconn}
 * @param outgoingPorts ports that a connection of ours may get to one backend, {@code
 *     net.ipv4.ip_local_port_range}; it holds for IPv6 as well
 */
public record MachineLimits(
    OptionalLong openFiles,
    OptionalLong backlog,
    OptionalLong outgoingPorts,
    Optional<Memory> memory) {

  /** Several times the largest of the files read here. */
  private static final int MAX_BYTES = 32 << 10;

  private static final Pattern OPEN_FILES =
      Pattern.compile("^Max open files +(\\d+|unlimited) ", Pattern.MULTILINE);

  private static final Pattern PORT_RANGE = Pattern.compile("(\\d{1,5})\\s+(\\d{1,5})");

  private static final Pattern TOTAL_KIB =
      Pattern.compile("^MemTotal: +(\\d{1,15}) kB", Pattern.MULTILINE);

  /**
   * Memory that this process may use before the kernel kills it.
   *
   * @param source who says so
   */
  public record Memory(long bytes, Source source) {

    /** A container's limit, or the size of the machine. */
    public enum Source {
      CGROUP_V1("cgroup-v1"),
      CGROUP_V2("cgroup-v2"),
      MACHINE("machine");

      private final String text;

      Source(String text) {
        this.text = text;
      }

      @Override
      public String toString() {
        return text;
      }
    }
  }

  /** Reads them (blocking) under that root, which is {@code /} but for tests; never throws. */
  public static MachineLimits read(Path root) {
    Path proc = root.resolve("proc");
    return new MachineLimits(
        number(group(OPEN_FILES, text(proc.resolve("self/limits")))),
        number(text(proc.resolve("sys/net/core/somaxconn"))),
        ports(text(proc.resolve("sys/net/ipv4/ip_local_port_range"))),
        memory(root));
  }

  private static Optional<Memory> memory(Path root) {
    OptionalLong kib = number(group(TOTAL_KIB, text(root.resolve("proc/meminfo"))));
    Stream<Memory> machine =
        kib.stream().mapToObj(total -> new Memory(total << 10, Memory.Source.MACHINE));
    // The machine first: where a limit is no tighter (version 1 writes an enormous one for none) it
    // is what holds.
    return Stream.concat(machine, CgroupMemory.limits(root).stream())
        .reduce((tightest, other) -> other.bytes() < tightest.bytes() ? other : tightest);
  }

  private static OptionalLong ports(Optional<String> range) {
    Matcher matcher = PORT_RANGE.matcher(range.orElse(""));
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    long count = Long.parseLong(matcher.group(2)) - Long.parseLong(matcher.group(1)) + 1;
    return count > 0 ? OptionalLong.of(count) : OptionalLong.empty();
  }

  private static Optional<String> group(Pattern pattern, Optional<String> text) {
    return text.map(pattern::matcher).filter(Matcher::find).map(matcher -> matcher.group(1));
  }

  /** The number; empty for a word such as {@code max} or {@code unlimited}. */
  static OptionalLong number(Optional<String> text) {
    return text.filter(digits -> digits.matches("\\d{1,19}"))
        .map(MachineLimits::saturated)
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  private static long saturated(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException tooLarge) {
      return Long.MAX_VALUE;
    }
  }

  /**
   * What a file of the kernel's says, without the white space around it; empty where it cannot be
   * read. Asked for in large pieces: settings below {@code /proc/sys} answer the first read alone,
   * and {@link Files#readString} begins with one byte where a file's size is 0, as theirs is.
   */
  static Optional<String> text(Path file) {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = new byte[MAX_BYTES];
      int length = 0;
      for (int read = 0; read >= 0 && length < bytes.length; length += Math.max(read, 0)) {
        read = input.read(bytes, length, bytes.length - length);
      }
      return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8).strip());
    } catch (IOException absent) {
      return Optional.empty();
    }
  }
}
