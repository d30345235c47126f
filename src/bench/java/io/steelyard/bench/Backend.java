package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The backend of all balancers: nginx, which serves files of 1 KiB and 10 MiB, throws uploads away,
 * and counts its requests. Started once, closed with the run.
 *
 * @param port plain HTTP
 * @param tlsPort HTTPS with the P-256 certificate
 * @param statusPort where it tells its count
 */
record Backend(Child process, int port, int tlsPort, int statusPort) implements AutoCloseable {

  static final int SMALL_BYTES = 1024;
  static final int LARGE_BYTES = 10 * 1024 * 1024;

  static Backend start(
      Guard guard,
      Toolbox tools,
      Path directory,
      Ports ports,
      CertificateFiles certificate,
      Collection<String> addresses) {
    try {
      Path files = Files.createDirectories(directory.resolve("files"));
      Files.write(files.resolve("small"), new byte[SMALL_BYTES]);
      Files.write(files.resolve("large"), new byte[LARGE_BYTES]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int port = ports.free();
    int tlsPort = ports.free();
    int statusPort = ports.free();
    String listens =
        addresses.stream()
            .map(address -> "    listen %s:%d backlog=4096;\n".formatted(address, port))
            .collect(Collectors.joining());
    Path file =
        Texts.write(
            directory.resolve("nginx.conf"),
            configuration(directory, certificate, listens, tlsPort, statusPort));
    List<String> command = tools.command("nginx");
    command.addAll(List.of("-p", directory.toString(), "-e", "stderr", "-c", file.toString()));
    Child child = Child.start(guard, directory, "backend", command, Map.of());
    FirstByte.await(statusPort, child);
    return new Backend(child, port, tlsPort, statusPort);
  }

  private static String configuration(
      Path directory, CertificateFiles certificate, String listens, int tlsPort, int statusPort) {
    return """
    daemon off;
    worker_processes 2;
    pid nginx.pid;
    error_log stderr crit;
    events { worker_connections 16384; }
    http {
      access_log off;
      sendfile on;
      tcp_nodelay on;
      open_file_cache max=10;
      keepalive_requests 1000000000;
      keepalive_timeout 3600s;
      client_max_body_size 0;
      client_body_temp_path %1$s/body;
      proxy_temp_path %1$s/proxy;
      fastcgi_temp_path %1$s/fastcgi;
      uwsgi_temp_path %1$s/uwsgi;
      scgi_temp_path %1$s/scgi;
      server {
    %2$s    listen 127.0.0.1:%3$d ssl backlog=4096;
        ssl_certificate %4$s;
        ssl_certificate_key %5$s;
        ssl_protocols TLSv1.3;
        root %1$s/files;
        location = /upload { return 200; }
      }
      server {
        listen 127.0.0.1:%6$d;
        location = /status { stub_status; }
      }
    }
    """
        .formatted(directory, listens, tlsPort, certificate.chain(), certificate.key(), statusPort);
  }

  /** Requests that it has answered so far, this question not counted. */
  long requests() {
    try (Socket socket = new Socket("127.0.0.1", statusPort)) {
      socket
          .getOutputStream()
          .write("GET /status HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      String counts =
          text.lines()
              .dropWhile(line -> !line.startsWith("server accepts"))
              .skip(1)
              .findFirst()
              .orElseThrow();
      return Long.parseLong(counts.strip().split("\\s+")[2]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
