package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TlsClient;
import io.steelyard.testkit.TlsFixture;
import io.steelyard.testkit.Transfers;
import io.steelyard.tls.TlsEngine;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 100 MiB both ways at once, byte for byte, on every kind of road. */
class BulkTest {

  private static final long BYTES = 100L << 20;

  private final Path directory;
  private final TlsFixture fixture;

  /** What the backend got. */
  private final CompletableFuture<String> backendGot = new CompletableFuture<>();

  BulkTest(@TempDir Path directory) {
    this.directory = directory;
    this.fixture = new TlsFixture(directory);
  }

  @Test
  void tcpssl_100MibBothWays_arriveWhole() throws Exception {
    try (SocketBackend backend = SocketBackend.running(this::transfer);
        RunningListener steelyard =
            RunningListener.tls(fixture, new Listen(), new Group().backend(backend.port()));
        Socket client = TlsClient.of(fixture).connect(steelyard)) {
      assertBothWays(client);
    }
  }

  @Test
  void passthroughRoutedBySni_100MibBothWays_arriveWhole() throws Exception {
    try (SocketBackend backend = secureBackend();
        RunningListener steelyard =
            RunningListener.tcp(
                new Listen()
                    .noDefaultGroup()
                    .routes(new SniRoute(List.of("localhost"), List.of(), "app")),
                new Group().backend(backend.port()));
        Socket client = TlsClient.of(fixture).connect(steelyard)) {
      assertBothWays(client);
    }
  }

  @Test
  void tlsToBackendVerified_100MibBothWays_arriveWhole() throws Exception {
    BackendTlsConfig verified =
        new BackendTlsConfig(
            Verify.FULL,
            Optional.of(directory.resolve("ca.crt")),
            Optional.of("localhost"),
            Optional.empty());
    try (SocketBackend backend = secureBackend();
        RunningListener steelyard =
            RunningListener.tls(
                TlsEngine.BORINGSSL,
                fixture.certificates(),
                new Listen().tls(fixture.config()),
                new Group().backend(backend.port()).tls(verified));
        Socket client = TlsClient.of(fixture).connect(steelyard)) {
      assertBothWays(client);
    }
  }

  private SocketBackend secureBackend() {
    return SocketBackend.tls(JdkTls.serving(fixture.issued()), this::transfer);
  }

  private void transfer(Socket socket) {
    try (ExecutorService sender = Executors.newSingleThreadExecutor()) {
      Future<String> sent =
          sender.submit(() -> Transfers.write(socket.getOutputStream(), 2, BYTES));
      backendGot.complete(Transfers.read(socket.getInputStream(), BYTES) + " " + sent.get());
    } catch (Exception e) {
      backendGot.completeExceptionally(e);
    }
  }

  private void assertBothWays(Socket client) throws Exception {
    try (ExecutorService sender = Executors.newSingleThreadExecutor()) {
      Future<String> sent =
          sender.submit(() -> Transfers.write(client.getOutputStream(), 1, BYTES));
      String got = Transfers.read(client.getInputStream(), BYTES);
      String both = sent.get(60, TimeUnit.SECONDS) + " " + got;
      assertThat(backendGot.get(60, TimeUnit.SECONDS)).isEqualTo(both);
    }
  }
}
