package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A process and all its descendants, as {@code /proc} knows them (proc(5)). */
record ProcessTree(long root) {

  /**
   * {@code USER_HZ}: 100 on every processor that Debian runs on, whatever the kernel's own rate.
   */
  private static final long TICK_MICROS = 10_000;

  /** Fields after the command's name, from 0: utime is the 14th of all, stime the 15th. */
  private static final int UTIME = 11;

  private static final int STIME = 12;

  /** Processor time of all threads so far, user and system, in microseconds. */
  double cpuMicros() {
    return pids().mapToLong(pid -> CpuClock.nanos(pid).orElse(0)).sum() / 1e3;
  }

  /**
   * By how much that is more than {@code stat} has, which leaves out what does not fill a step of
   * user or system time of a process.
   */
  double beyondTicksMicros() {
    return cpuMicros() - (double) pids().mapToLong(ProcessTree::ticks).sum() * TICK_MICROS;
  }

  private static long ticks(long pid) {
    return read(pid, "stat")
        .map(stat -> stat.substring(stat.lastIndexOf(')') + 2).split(" "))
        .map(fields -> Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]))
        .orElse(0L);
  }

  /** Resident memory of all processes, in KiB; pages that they share are counted for each. */
  long residentKib() {
    return pids().mapToLong(ProcessTree::resident).sum();
  }

  private static long resident(long pid) {
    return read(pid, "status").stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  /** Bytes that its read(2) calls have returned, of files and sockets alike. */
  long bytesRead() {
    return pids().mapToLong(ProcessTree::bytesRead).sum();
  }

  private static long bytesRead(long pid) {
    return read(pid, "io").stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("rchar:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  Stream<Long> pids() {
    return ProcessHandle.of(root).stream()
        .flatMap(handle -> Stream.concat(Stream.of(handle), handle.descendants()))
        .map(ProcessHandle::pid);
  }

  private static Optional<String> read(long pid, String file) {
    try {
      return Optional.of(Files.readString(Path.of("/proc", Long.toString(pid), file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      // A process that ends while it is read: ESRCH.
      if (!ProcessHandle.of(pid).isPresent()) {
        return Optional.empty();
      }
      throw new UncheckedIOException(e);
    }
  }
}
