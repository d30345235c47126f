package io.steelyard.bench;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Waits until a port is served, by asking again and again. */
final class FirstByte {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Between two attempts: small against every start, large enough to leave it the processors. */
  private static final Duration INTERVAL = Duration.ofNanos(500_000);

  private static final byte[] REQUEST =
      "GET /small HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final SSLContext TLS = anyCertificate();

  private FirstByte() {}

  /** Until the port accepts. */
  static void await(int port, Child child) {
    retry(child, () -> new Socket(InetAddress.ofLiteral("127.0.0.1"), port).close());
  }

  /** Until a request through TLS, or without, got the first byte of its answer. */
  static void awaitAnswer(int port, boolean tls, Child child) {
    retry(child, () -> ask(port, tls));
  }

  private static void ask(int port, boolean tls) throws IOException {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      plain.setSoTimeout(5_000);
      if (!tls) {
        answered(plain);
        return;
      }
      try (SSLSocket socket =
          (SSLSocket) TLS.getSocketFactory().createSocket(plain, Certificates.NAME, port, true)) {
        answered(socket);
      }
    }
  }

  private static void answered(Socket socket) throws IOException {
    socket.getOutputStream().write(REQUEST);
    if (socket.getInputStream().read() < 0) {
      throw new IOException("closed without an answer");
    }
  }

  private static void retry(Child child, Attempt attempt) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        attempt.run();
        return;
      } catch (IOException e) {
        child.requireAlive();
        if (System.nanoTime() > end) {
          throw new UncheckedIOException(child.name() + " does not serve", e);
        }
        Pause.of(INTERVAL);
      }
    }
  }

  private static SSLContext anyCertificate() {
    try {
      TrustManagerFactory factory = InsecureTrustManagerFactory.INSTANCE;
      TrustManager[] managers = factory.getTrustManagers();
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, managers, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One question. */
  private interface Attempt {
    void run() throws IOException;
  }
}
