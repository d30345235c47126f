package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A memory cgroup of its own (v1, or v2 where that is mounted), as a container has; needs root. */
public final class MemoryCgroup implements AutoCloseable {

  private static final Path V1 = Path.of("/sys/fs/cgroup/memory");
  private static final Path V2 = Path.of("/sys/fs/cgroup");

  private final boolean first = Files.isDirectory(V1);
  private final Path directory;

  /** A group that may hold that many bytes. */
  public MemoryCgroup(long limitBytes) {
    directory = (first ? V1 : V2).resolve("steelyard-test-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(directory);
      Files.writeString(
          directory.resolve(first ? "memory.limit_in_bytes" : "memory.max"),
          Long.toString(limitBytes));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a memory cgroup; needs root", e);
    }
  }

  /** Shell words that put the shell into the group. */
  String join() {
    return "echo $$ > " + directory.resolve("cgroup.procs");
  }

  /** The most that was ever in use, in bytes, the kernel's caches included. */
  public long peakBytes() {
    return Long.parseLong(read(first ? "memory.max_usage_in_bytes" : "memory.peak"));
  }

  /** Fails where the kernel has killed a process for want of memory. */
  public void assertNobodyWasKilled() {
    String events = read(first ? "memory.oom_control" : "memory.events");
    assertThat(events.lines()).contains("oom_kill 0");
  }

  private String read(String name) {
    try {
      return Files.readString(directory.resolve(name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes the group; its processes must have ended. */
  @Override
  public void close() {
    Patience.await()
        .untilAsserted(
            () -> assertThat(Files.readString(directory.resolve("cgroup.procs"))).isEmpty());
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
