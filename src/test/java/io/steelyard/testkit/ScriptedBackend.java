package io.steelyard.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A backend on a loopback port of its own, on JDK sockets, that treats each connection as a script
 * says. It counts what it accepted and what is open, so that a test can tell who closes.
 */
public final class ScriptedBackend implements AutoCloseable {

  private final ServerSocket listening;
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private volatile Script script;

  private ScriptedBackend(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** A plain TCP backend. */
  public static ScriptedBackend start(Script script) {
    try {
      return new ScriptedBackend(
          new ServerSocket(0, 128, InetAddress.getLoopbackAddress()), script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A TLS backend; the handshake runs with the script's first read or write. */
  public static ScriptedBackend startTls(SSLContext context, Script script) {
    try {
      ServerSocket listening =
          context
              .getServerSocketFactory()
              .createServerSocket(0, 128, InetAddress.getLoopbackAddress());
      return new ScriptedBackend(listening, script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A loopback port on which nothing listened a moment ago. */
  public static int closedPort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** {@code 127.0.0.1:port}. */
  public String address() {
    return listening.getInetAddress().getHostAddress() + ":" + port();
  }

  /** Connections accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** Connections whose script is running. */
  public int open() {
    return open.get();
  }

  /** The most that were open at one time. */
  public int mostOpen() {
    return mostOpen.get();
  }

  /** Everything that scripts have read with {@link #until} or {@link #hold}, in Latin-1. */
  public String received() {
    synchronized (received) {
      return received.toString(StandardCharsets.ISO_8859_1);
    }
  }

  /** From the next connection on, does this. */
  public void become(Script next) {
    script = next;
  }

  /** Reads until that text has come (true), or the end of the stream. */
  public boolean until(Socket socket, String end) throws IOException {
    StringBuilder seen = new StringBuilder();
    InputStream in = socket.getInputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      synchronized (received) {
        received.write(next);
      }
      seen.append((char) next);
      if (seen.length() >= end.length()
          && seen.substring(seen.length() - end.length()).equals(end)) {
        return true;
      }
    }
    return false;
  }

  /** Reads until the peer ends it, and answers nothing. */
  public static Script hold() {
    return (backend, socket) -> {
      while (socket.getInputStream().read() >= 0) {
        // Only the end of the stream matters.
      }
    };
  }

  /** Reads a request's head, writes the text and waits for the peer to close. */
  public static Script answer(String text) {
    return (backend, socket) -> {
      backend.until(socket, "\r\n\r\n");
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      hold().serve(backend, socket);
    };
  }

  /** Resets the connection at once. */
  public static Script reset() {
    return (backend, socket) -> socket.setSoLinger(true, 0);
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void acceptAll() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        accepted.incrementAndGet();
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.serve(this, socket);
    } catch (IOException ended) {
      // However the peer ended it: the counters tell.
    } finally {
      open.decrementAndGet();
    }
  }

  /** What happens on one connection; it is closed when the script returns. */
  public interface Script {
    void serve(ScriptedBackend backend, Socket socket) throws IOException;
  }
}
