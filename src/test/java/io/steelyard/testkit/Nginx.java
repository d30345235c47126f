package io.steelyard.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An nginx as a backend, in one foreground process; all its files are in a directory of its own.
 */
public final class Nginx implements AutoCloseable {

  private static final String MAIN =
      """
      daemon off;
      master_process off;
      pid nginx.pid;
      error_log stderr;
      events { worker_connections 12000; }
      http {
        client_header_timeout 900s;
        keepalive_timeout 900s;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        log_format client '$proxy_protocol_addr $proxy_protocol_port $request_uri';
        access_log /dev/stdout client;
        server {
          listen 127.0.0.1:%d%s;
          location / { return 200 "%s\\n"; }
        }
      }
      """;

  private final PeerProcess process;
  private final int port;

  private Nginx(PeerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Answers every request with its name. */
  public static Nginx named(Path directory, String name) {
    return start(directory, name, "");
  }

  /** The same, behind the PROXY protocol; it logs {@code client-address client-port uri}. */
  public static Nginx behindProxyProtocol(Path directory, String name) {
    return start(directory, name, " proxy_protocol");
  }

  private static Nginx start(Path directory, String name, String listen) {
    String program = PeerProcess.installed("nginx");
    int port = LoopbackPorts.free();
    try {
      Path home = Files.createTempDirectory(directory, "nginx-");
      Path config = home.resolve("nginx.conf");
      Files.writeString(config, MAIN.formatted(port, listen, name));
      PeerProcess process =
          PeerProcess.start(
              home,
              List.of(program, "-p", home.toString(), "-c", config.toString(), "-e", "stderr"));
      Nginx started = new Nginx(process, port);
      Peers.awaitListening("nginx", process, port);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** {@code 127.0.0.1:port}. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  public PeerProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
