package io.steelyard.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A backend on a real loopback socket whose every connection runs a script on its own virtual
 * thread.
 */
public final class SocketBackend implements AutoCloseable {

  private final ServerSocket server;
  private final Script script;
  private final AtomicInteger accepted = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** What a connection does; the socket is closed after it, whatever it throws. */
  public interface Script {
    void run(Socket socket) throws IOException;
  }

  private SocketBackend(Script script, int port) {
    this.script = script;
    try {
      server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 512);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("backend-" + server.getLocalPort()).start(this::accept);
  }

  /** A backend on a free port. */
  public static SocketBackend running(Script script) {
    return new SocketBackend(script, 0);
  }

  /** A backend on that port. */
  public static SocketBackend running(int port, Script script) {
    return new SocketBackend(script, port);
  }

  /** Sends back what it gets; its end follows the client's. */
  public static SocketBackend echo() {
    return running(echoing());
  }

  /** The script of {@link #echo}. */
  public static Script echoing() {
    return socket -> {
      socket.getInputStream().transferTo(socket.getOutputStream());
      socket.shutdownOutput();
    };
  }

  /** Answers each connection with its own name and a FIN. */
  public static SocketBackend named(String name) {
    return running(socket -> socket.getOutputStream().write(name.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * A backend that speaks TLS: the script gets each connection secured, its handshake still to
   * come.
   */
  public static SocketBackend tls(SSLContext context, Script script) {
    return running(
        socket -> {
          SSLSocket secured =
              (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
          try (secured) {
            script.run(secured);
          }
        });
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        accepted.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.run(socket);
    } catch (IOException expected) {
      // The peer ended the connection; what that means is for the test to say.
    } finally {
      open.remove(socket);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** {@code 127.0.0.1:port}. */
  public String address() {
    return "127.0.0.1:" + port();
  }

  public int accepted() {
    return accepted.get();
  }

  /** Connections whose script still runs. */
  public int open() {
    return open.size();
  }

  /** Resets every open connection and refuses new ones, as a crashed process does. */
  public void crash() {
    close();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(SocketBackend::reset);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException closed) {
      // Its script, or the test that holds it, was faster.
    }
  }
}
