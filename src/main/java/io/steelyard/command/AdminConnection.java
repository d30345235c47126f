package io.steelyard.command;

import io.steelyard.command.AdminAddress.Unusable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One request to an admin API, on a connection of its own. HTTP/1.0, so that whatever stands
 * between answers without chunks and closes at the end: nothing more is needed, and an HTTP client
 * would be a tenth of the executable.
 */
final class AdminConnection {

  private static final int CONNECT_MILLIS = 5000;

  /** A change waits for those before it, and loads certificates. */
  private static final int READ_MILLIS = 60_000;

  private static final int MAX_LINE = 8192;
  private static final int MAX_LINES = 100;
  private static final int MAX_BODY = 64 << 20;

  private final AdminAddress address;

  AdminConnection(AdminAddress address) {
    this.address = address;
  }

  Answer get(String path) throws IOException, Unusable {
    return exchange("GET", path, Optional.empty());
  }

  Answer post(String path) throws IOException, Unusable {
    return exchange("POST", path, Optional.empty());
  }

  Answer put(String path, String json) throws IOException, Unusable {
    return exchange("PUT", path, Optional.of(json));
  }

  private Answer exchange(String method, String path, Optional<String> json)
      throws IOException, Unusable {
    byte[] body = json.orElse("").getBytes(StandardCharsets.UTF_8);
    StringBuilder head =
        new StringBuilder(method + " " + address.basePath() + path + " HTTP/1.0\r\n")
            .append("Host: ")
            .append(address.authority())
            .append("\r\nAccept: application/json\r\nUser-Agent: steelyard/")
            .append(Product.VERSION)
            .append("\r\n");
    address.token().ifPresent(token -> head.append("Authorization: Bearer " + token + "\r\n"));
    if (!method.equals("GET")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    if (json.isPresent()) {
      head.append("Content-Type: application/json\r\n");
    }
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
      out.write(body);
      out.flush();
      return answer(new BufferedInputStream(socket.getInputStream()));
    } catch (UnknownHostException e) {
      throw new IOException("no such host: " + address.host(), e);
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer in time", e);
    } catch (SSLException e) {
      throw new IOException("TLS: " + e.getMessage(), e);
    }
  }

  private Socket connect() throws IOException, Unusable {
    Socket plain = new Socket();
    try {
      plain.setSoTimeout(READ_MILLIS);
      plain.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
      if (!address.secure()) {
        return plain;
      }
      SSLSocket secure =
          (SSLSocket) address.trust().createSocket(plain, address.host(), address.port(), true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return secure;
    } catch (IOException | Unusable | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static Answer answer(InputStream in) throws IOException {
    int status;
    int length;
    do {
      status = status(line(in));
      length = headers(in);
    } while (status < 200);
    byte[] body = in.readNBytes(length < 0 ? MAX_BODY : length);
    if (length >= 0 && body.length < length) {
      throw new IOException("the answer ended early");
    }
    return new Answer(status, new String(body, StandardCharsets.UTF_8));
  }

  private static int status(String line) throws IOException {
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
      throw new IOException("what answers there does not speak HTTP");
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  /** The length of the body; -1 where it goes on to the end. */
  private static int headers(InputStream in) throws IOException {
    int length = -1;
    for (int i = 0; i < MAX_LINES; i++) {
      String line = line(in);
      if (line.isEmpty()) {
        return length;
      }
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        String value = line.substring(15).strip();
        if (!value.matches("[0-9]{1,8}") || Integer.parseInt(value) > MAX_BODY) {
          throw new IOException("an answer of " + value + " bytes");
        }
        length = Integer.parseInt(value);
      }
    }
    throw new IOException("more than " + MAX_LINES + " headers");
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < MAX_LINE) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection was closed without an answer");
      }
      if (next == '\n') {
        return line.toString();
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    throw new IOException("a line of more than " + MAX_LINE + " characters");
  }

  /** What came back. */
  record Answer(int status, String body) {

    boolean isDone() {
      return status >= 200 && status < 300;
    }
  }
}
