package io.steelyard.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs of {@code openssl s_client}: one connection, one HTTP/1.0 request, everything that was
 * printed.
 */
public final class OpensslClient {

  private static final String REQUEST = "GET / HTTP/1.0\r\n\r\n";

  private final Path directory;
  private final int port;

  public OpensslClient(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  /** Connects with these further arguments, asks, and waits for the end of the connection. */
  public Run ask(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                PeerProcess.installed("openssl"), "s_client", "-ign_eof", "-connect", address()));
    command.addAll(List.of(arguments));
    try (PeerProcess client = PeerProcess.start(directory, command)) {
      client.type(REQUEST);
      client.endInput();
      int exit = client.exit();
      return new Run(exit, client.printed());
    }
  }

  private String address() {
    return "127.0.0.1:" + port;
  }

  /** What one run printed. */
  public record Run(int exit, String printed) {

    /** Whether a backend answered. */
    public boolean answered() {
      return printed.contains("200 OK");
    }

    public boolean resumed() {
      return printed.contains("Reused, ");
    }

    /** Common name of the certificate served; empty where none was. */
    public String served() {
      return printed
          .lines()
          .filter(line -> line.startsWith("subject="))
          .map(line -> line.replaceAll(".*CN = ", ""))
          .findFirst()
          .orElse("");
    }
  }
}
