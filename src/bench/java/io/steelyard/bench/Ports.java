package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/** Loopback ports below the range from which the kernel takes clients' ports. */
final class Ports {

  private static final int FIRST = 20_000;
  private static final int LAST = 32_000;

  private int next = FIRST + (int) (ProcessHandle.current().pid() % 500) * 20;

  /** A port that nobody listens on. */
  int free() {
    return free(1);
  }

  /** The first of so many ports in a row that nobody listens on. */
  int free(int count) {
    for (int tried = 0; tried < LAST - FIRST; tried += count) {
      if (next + count > LAST) {
        next = FIRST;
      }
      int first = next;
      next += count;
      if (allFree(first, count)) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row");
  }

  private static boolean allFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        if (!probe.isBound()) {
          return false;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  /** The soft limit of open files of every process here. */
  static int openFiles() {
    try {
      Process process = new ProcessBuilder("bash", "-c", "ulimit -n").start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return text.equals("unlimited") ? 1_000_000 : Integer.parseInt(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
