package io.steelyard.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problems;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.listener.Loops;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.RecordingObserver;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;

/** A controller that follows a real file, in front of two backends that say their names. */
final class ReloadScene implements AutoCloseable {

  final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
  final RecordingObserver observer = new RecordingObserver();
  final SocketBackend one = answering("one");
  final SocketBackend two = answering("two");
  final Controller controller =
      new Controller(
          new Machinery(
              vertx,
              Loops.of(vertx, 2),
              false,
              TlsEngine.BORINGSSL,
              observer,
              (group, name, success, durationNanos) -> {}),
          number -> {});
  final Path file;
  final int port = LoopbackPorts.free();
  private Optional<Future<Void>> down = Optional.empty();

  ReloadScene(Path directory) {
    this.file = directory.resolve("steelyard.yaml");
  }

  /** Starts with that text in the file. */
  ReloadScene start(String text) throws IOException, DocumentFile.Unreadable {
    Files.writeString(file, text);
    DocumentStore store = new DocumentStore(file, true);
    DocumentFile read = store.read();
    ConfigReader.Reading reading = read.parse();
    assertThat(reading.document()).as("%s", reading.problems().all()).isPresent();
    Problems problems = reading.problems();
    assertThat(
            await(
                controller.start(
                    new First(reading.document().orElseThrow(), read, Optional.of(store)),
                    problems)))
        .as("%s", problems.all())
        .isPresent();
    return this;
  }

  /** A listener {@code web} on the scene's port, and the group {@code app} with these backends. */
  String document(String listenerKeys, String groupKeys, SocketBackend... backends) {
    StringBuilder text = new StringBuilder();
    text.append("listeners:\n  - {name: web, protocol: tcp, address: 127.0.0.1, port: ")
        .append(port)
        .append(", server-group: app")
        .append(listenerKeys)
        .append("}\n");
    return text.append(group("app", groupKeys, backends)).toString();
  }

  static String group(String name, String keys, SocketBackend... backends) {
    StringBuilder text = new StringBuilder();
    text.append("server-groups:\n  - name: ").append(name).append("\n    backends:\n");
    for (SocketBackend backend : backends) {
      text.append("      - {address: \"").append(backend.address()).append("\"}\n");
    }
    text.append(keys);
    return text.toString();
  }

  /** As editors and configuration management do: another file, moved over the old one. */
  void replace(String text) throws IOException {
    Path next = file.resolveSibling("next.yaml");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  ChangeResult reload() {
    return await(controller.reload(new Source(Source.Kind.SIGNAL, "HUP")));
  }

  ChangeResult change(ChangeRequest request) {
    return await(controller.change(request));
  }

  static ChangeRequest to(String text) {
    return new ChangeRequest(
        new Source(Source.Kind.API, "test"),
        Optional.empty(),
        false,
        current -> text.getBytes(UTF_8));
  }

  long revision() {
    return controller.status().revision().orElseThrow().number();
  }

  ListenerStatus listener(String name) {
    return controller.status().listeners().stream()
        .filter(listener -> listener.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  BackendStatus backend(SocketBackend backend) {
    return controller.status().groups().stream()
        .flatMap(group -> group.backends().stream())
        .filter(status -> status.address().equals(backend.address()))
        .findFirst()
        .orElseThrow();
  }

  /** Which backend a new flow on that port gets. */
  static String asked(int port) throws IOException {
    try (Socket socket = open(port)) {
      return name(socket);
    }
  }

  static Socket open(int port) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(20_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 20_000);
    return socket;
  }

  /** Asks the backend at the other end for its name: a line for a line. */
  static String name(Socket socket) throws IOException {
    socket.getOutputStream().write("who\n".getBytes(UTF_8));
    StringBuilder line = new StringBuilder();
    int read = socket.getInputStream().read();
    while (read >= 0 && read != '\n') {
      line.append((char) read);
      read = socket.getInputStream().read();
    }
    return line.toString().strip().toLowerCase(Locale.ROOT);
  }

  /** Answers every line with its name. */
  static SocketBackend answering(String name) {
    return SocketBackend.running(
        socket -> {
          int read = socket.getInputStream().read();
          while (read >= 0) {
            if (read == '\n') {
              socket.getOutputStream().write((name + "\n").getBytes(UTF_8));
            }
            read = socket.getInputStream().read();
          }
          socket.shutdownOutput();
        });
  }

  /** As SIGTERM begins it; the scene's end then waits for this one. */
  Future<Void> shutdown(DrainTimes times) {
    down = Optional.of(controller.shutdown(times));
    return down.get();
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, SECONDS).join();
  }

  @Override
  public void close() {
    await(down.orElseGet(() -> shutdown(DrainTimes.AT_ONCE)));
    one.close();
    two.close();
    await(vertx.close());
  }
}
