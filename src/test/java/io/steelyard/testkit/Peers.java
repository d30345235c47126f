package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Waiting for programs that say nothing when they are ready. */
final class Peers {

  private static final String LISTENING = "0A";

  private Peers() {}

  /**
   * Waits until something listens on that loopback port. Looks at the kernel's table instead of
   * connecting, which the program would log and count.
   */
  static void awaitListening(String name, PeerProcess process, int port) {
    await(name)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> listening(port) || !process.isAlive());
    if (!process.isAlive()) {
      fail("%s ended with %d; it printed:%n%s", name, process.exit(), process.printed());
    }
  }

  private static boolean listening(int port) throws IOException {
    String local = String.format(Locale.ROOT, ":%04X ", port);
    return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
        .anyMatch(line -> line.contains(local + "00000000:0000 " + LISTENING));
  }
}
