package io.steelyard;

import io.steelyard.command.Terminal;
import io.steelyard.control.DocumentFile;
import io.steelyard.tls.ThrowawayCertificate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * What the demo needs in place of a configuration: a throw-away certificate in a directory of its
 * own, two small backends on loopback, and a document that names them.
 */
final class Demo {

  private static final String LISTENER = "demo";

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path directory;
  private final DocumentFile document;
  private final int port;

  private Demo(Path directory, DocumentFile document, int port) {
    this.directory = directory;
    this.document = document;
    this.port = port;
  }

  /** Makes all of it (blocking); the directory goes when the process ends. */
  static Demo prepare(Vertx vertx, int port) {
    try {
      Path directory = Files.createTempDirectory("steelyard-demo-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      ThrowawayCertificate certificate = ThrowawayCertificate.create();
      Files.writeString(directory.resolve("demo.crt"), certificate.chainPem());
      Path key = Files.createFile(directory.resolve("demo.key"), OWNER_ONLY);
      Files.writeString(key, certificate.keyPem());
      String text = text(port, backend(vertx, "one"), backend(vertx, "two"));
      return new Demo(directory, DocumentFile.of("demo", directory, text), port);
    } catch (IOException e) {
      throw new StartFailure("the demo's certificate cannot be written: " + e.getMessage());
    }
  }

  private static int backend(Vertx vertx, String name) {
    Future<HttpServer> server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(
                request ->
                    request
                        .response()
                        .putHeader("content-type", "text/plain")
                        .end("hello from backend " + name + "\n"))
            .listen();
    try {
      return server.toCompletionStage().toCompletableFuture().join().actualPort();
    } catch (CompletionException e) {
      throw new StartFailure("the demo's backend cannot listen: " + e.getCause());
    }
  }

  private static String text(int port, int firstBackend, int secondBackend) {
    return String.format(
        Locale.ROOT,
        """
        listeners:
          - name: %s
            protocol: tcpssl
            port: %d
            server-group: demo
            tls: {certificates: [demo]}
        certificates:
          - {name: demo, certificate: demo.crt, key: demo.key}
        server-groups:
          - name: demo
            backends:
              - {address: "127.0.0.1:%d"}
              - {address: "127.0.0.1:%d"}
            health-check: {type: http}
        """,
        LISTENER,
        port,
        firstBackend,
        secondBackend);
  }

  private static void delete(Path directory) {
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The document that names it all. */
  DocumentFile document() {
    return document;
  }

  /** Says how to choose another port where the start fails for it. */
  void explainTakenPort(Runnable start) {
    try {
      start.run();
    } catch (StartFailure e) {
      if (e.lines().stream().anyMatch(line -> line.contains("listeners[" + LISTENER + "].port"))) {
        throw new StartFailure(
            "port "
                + port
                + " is taken: free it, or choose another with STEELYARD_DEMO_PORT, for example"
                + " STEELYARD_DEMO_PORT="
                + (port == 9443 ? 10443 : 9443));
      }
      throw e;
    }
  }

  /** Says what to try. */
  void invite(Terminal terminal) {
    int management = ConfigProvider.getConfig().getValue("quarkus.management.port", Integer.class);
    terminal
        .out()
        .printf(
            Locale.ROOT,
            """

            Two backends stand behind a TCPSSL listener. Try:

              curl --cacert %s https://localhost:%d/

              health   http://localhost:%d/q/health
              metrics  http://localhost:%d/q/metrics

            Ctrl-C ends it.

            """,
            directory.resolve("demo.crt"),
            port,
            management,
            management);
    terminal.out().flush();
  }
}
