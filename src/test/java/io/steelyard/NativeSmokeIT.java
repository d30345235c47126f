package io.steelyard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
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
import java.util.stream.Stream;
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

  private static Path directory;
  private static Path log;
  private static int port;
  private static int managementPort;
  private static Process steelyard;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    NativeSmokeIT.directory = directory;
    log = directory.resolve("demo.log");
    port = freePort();
    managementPort = freePort();
    ProcessBuilder demo =
        new ProcessBuilder(
            Path.of(System.getProperty("steelyard.executable")).toAbsolutePath().toString(),
            "demo");
    demo.environment().put("STEELYARD_DEMO_PORT", Integer.toString(port));
    demo.environment().put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
    steelyard =
        demo.directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
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
    assertThat(printed().toLowerCase(Locale.ROOT))
        .contains("engine=\"boringssl", "transport=epoll");
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
      await("readiness")
          .atMost(START_LIMIT)
          .untilAsserted(
              () ->
                  assertThat(
                          client
                              .send(management("/q/health/ready"), BodyHandlers.ofString())
                              .statusCode())
                      .isEqualTo(200));
      assertThat(client.send(management("/q/metrics"), BodyHandlers.ofString()).body())
          .contains("runtime=\"native\",tls_engine=\"boringssl\",transport=\"epoll\",} 1.0");
    }
  }

  /** A client of BoringSSL that offers this group and no other. */
  @Test
  void hybridGroup_offeredAlone_isNegotiated() throws IOException, InterruptedException {
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .protocols("TLSv1.3")
            .option(OpenSslContextOption.GROUPS, new String[] {"X25519MLKEM768"})
            .build();
    EventLoopGroup loop = new NioEventLoopGroup(1);
    try {
      SslHandler tls = context.newHandler(PooledByteBufAllocator.DEFAULT);
      new Bootstrap()
          .group(loop)
          .channel(NioSocketChannel.class)
          .handler(tls)
          .connect("127.0.0.1", port)
          .sync();

      assertThat(tls.handshakeFuture().await().isSuccess()).isTrue();
      assertThat(tls.engine().getSession().getProtocol()).isEqualTo("TLSv1.3");
    } finally {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      ReferenceCountUtil.release(context);
    }
  }

  @Test
  void heapDump_askedForBySignal_isNotWritten() throws IOException, InterruptedException {
    int killed =
        new ProcessBuilder("kill", "-USR1", Long.toString(steelyard.pid())).start().waitFor();
    assertThat(killed).isZero();
    await("word of it").atMost(START_LIMIT).until(() -> printed().contains("signal=USR1"));
    assertThat(steelyard.isAlive()).isTrue();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(log);
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
