package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The native executable carries TLS: its {@code demo} command is started as an operator would, on
 * free ports, and a JDK TLS client gets an answer of a backend through it. Its start-up line says
 * that BoringSSL and epoll do the work, not their fallbacks.
 */
class NativeSmokeIT {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private static Path log;
  private static int port;
  private static int managementPort;
  private static Process steelyard;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    log = directory.resolve("demo.log");
    port = freePort();
    managementPort = freePort();
    ProcessBuilder demo = new ProcessBuilder(System.getProperty("steelyard.executable"), "demo");
    demo.environment().put("STEELYARD_DEMO_PORT", Integer.toString(port));
    demo.environment().put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
    steelyard = demo.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    await("a start-up line")
        .atMost(START_LIMIT)
        .until(() -> !steelyard.isAlive() || printed().contains("engine="));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    steelyard.destroyForcibly().waitFor();
  }

  @Test
  void startUpLine_ofTheExecutable_namesBoringSslAndEpoll() {
    assertThat(printed().toLowerCase(Locale.ROOT)).contains("engine=boringssl", "transport=epoll");
  }

  @Test
  void flow_overTls_reachesABackend() throws IOException, GeneralSecurityException {
    try (SSLSocket client = connect()) {
      client
          .getOutputStream()
          .write("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(answer).startsWith("HTTP/1.").contains(" 200 ");
    }
  }

  @Test
  void management_whileServing_answersReadyAndMetrics() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThat(client.send(management("/q/health/ready"), BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
      assertThat(client.send(management("/q/metrics"), BodyHandlers.ofString()).body())
          .contains("steelyard_build_info", "runtime=\"native\"");
    }
  }

  @Test
  void linkage_ofTheExecutable_staysQuiet() {
    assertThat(printed()).doesNotContain("WARNING:", "UnsatisfiedLinkError", "Exception");
  }

  private static SSLSocket connect() throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(10));
    socket.startHandshake();
    return socket;
  }

  private static HttpRequest management(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + path)).build();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String printed() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The demo signs its own certificate anew at each start: that it comes through is the point. */
  private static final class AnyCertificate implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
