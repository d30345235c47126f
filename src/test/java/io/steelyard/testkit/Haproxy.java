package io.steelyard.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A HAProxy in the foreground with the sections it is given; it logs to its standard output. */
public final class Haproxy implements AutoCloseable {

  private final PeerProcess process;

  private Haproxy(PeerProcess process) {
    this.process = process;
  }

  /**
   * Starts it and waits until it listens on that port.
   *
   * @param global lines added to section {@code global}
   * @param sections everything after {@code defaults}
   */
  public static Haproxy start(Path directory, int port, String global, String sections) {
    String program = PeerProcess.installed("haproxy");
    try {
      Path config = Files.createTempFile(directory, "haproxy-", ".cfg");
      Files.writeString(
          config,
          """
          global
            log stdout format raw local0
          %s
          defaults
            log global
            mode tcp
            timeout connect 5s
            timeout client 900s
            timeout server 900s
          %s
          """
              .formatted(global.indent(2), sections));
      PeerProcess process =
          PeerProcess.start(directory, List.of(program, "-db", "-f", config.toString()));
      Haproxy started = new Haproxy(process);
      Peers.awaitListening("haproxy", process, port);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public PeerProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
