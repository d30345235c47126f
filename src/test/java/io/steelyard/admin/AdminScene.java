package io.steelyard.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problems;
import io.steelyard.control.Controller;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.DocumentStore;
import io.steelyard.control.DrainTimes;
import io.steelyard.control.First;
import io.steelyard.control.Machinery;
import io.steelyard.listener.Loops;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.RecordingObserver;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The API in front of a controller that follows a real file and has real listeners: {@code web} and
 * {@code raw}, the groups {@code app} and {@code spare}, the certificates {@code spare} and {@code
 * own}, the ip-group {@code office}. One caller of each role.
 */
final class AdminScene implements AutoCloseable {

  final String operator = AccessToken.make();
  final String viewer = AccessToken.make();
  final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
  final int port = LoopbackPorts.free();
  final int spare = LoopbackPorts.free();
  final Path file;
  final Path tokens;
  final AtomicLong nanos = new AtomicLong();
  final AtomicBoolean drained = new AtomicBoolean();
  final Controller controller =
      new Controller(
          new Machinery(
              vertx,
              Loops.of(vertx, 2),
              false,
              TlsEngine.BORINGSSL,
              new RecordingObserver(),
              (group, name, success, durationNanos) -> {}),
          number -> {});
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path directory;
  private String document = "";
  private int adminPort;

  AdminScene(Path directory) throws IOException {
    this.directory = directory;
    this.file = directory.resolve("steelyard.yaml");
    this.tokens =
        Files.writeString(
            directory.resolve("tokens"),
            "# who may\n"
                + AccessToken.line(operator, "olga", Role.OPERATOR)
                + "\n"
                + AccessToken.line(viewer, "viktor", Role.VIEWER)
                + "\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
  }

  /** As {@link #serve}, with the scene's document in force. */
  AdminScene start(SocketBackend backend) throws Exception {
    TestCertificates.authority("ca").issueEc("spare", "spare.example").writePem(directory, "spare");
    document =
        """
        # edge of the shop
        listeners:
          - {name: web, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
          - {name: raw, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
        ip-groups:
          - {name: office, addresses: [192.0.2.0/24]}
        certificates:
          - {name: spare, certificate: spare.crt, key: spare.key}
        server-groups:
          - name: app
            backends:
              - {address: "%s"}
              - {address: "10.0.0.12:8080", weight: 10}
            health-check: {type: none}
          - {name: spare, backends: [{address: "%s"}], health-check: {type: none}}
        """
            .formatted(port, LoopbackPorts.free(), backend.address(), backend.address());
    Files.writeString(file, document);
    DocumentStore store = new DocumentStore(file, true);
    DocumentFile read = store.read();
    ConfigReader.Reading reading = read.parse();
    Problems problems = reading.problems();
    assertThat(reading.document()).as("%s", problems.all()).isPresent();
    assertThat(
            await(
                controller.start(
                    new First(reading.document().orElseThrow(), read, Optional.of(store)),
                    problems)))
        .as("%s", problems.all())
        .isPresent();
    return serve();
  }

  /** Opens the API before anything is in force. */
  AdminScene serve() {
    return serve(settings(false, Optional.empty()));
  }

  AdminSettings settings(boolean loopbackRead, Optional<AdminTls> tls) {
    return new AdminSettings(Optional.of(tokens), loopbackRead, true, tls);
  }

  AdminScene serve(AdminSettings settings) {
    Problems problems = new Problems("settings");
    AdminApi api = AdminApi.open(vertx, settings, surroundings(), nanos::get, problems);
    HttpServerOptions options = new HttpServerOptions().setHost("127.0.0.1").setPort(0);
    AdminListening.prepare(vertx, settings, options, problems);
    assertThat(problems.all()).isEmpty();
    HttpServer server = await(vertx.createHttpServer(options).requestHandler(api).listen());
    adminPort = server.actualPort();
    return this;
  }

  private Surroundings surroundings() {
    return new Surroundings() {
      @Override
      public Controller controller() {
        return controller;
      }

      @Override
      public boolean drain() {
        return drained.compareAndSet(false, true);
      }

      @Override
      public List<JsonObject> policies() {
        return List.of(
            new JsonObject()
                .put("name", "intermediate")
                .put("versions", List.of())
                .put("groups", List.of()));
      }
    };
  }

  /** The scene's document is in force again, and nothing is out of service. */
  void reset() throws Exception {
    assertThat(send("PUT", "/document", request -> {}, "application/yaml", document).statusCode())
        .isEqualTo(200);
    assertThat(send("POST", "/listeners/web/enable").statusCode()).isEqualTo(200);
  }

  String document() {
    return document;
  }

  int adminPort() {
    return adminPort;
  }

  /** An example's addresses and ports, as they are free on this machine. */
  String local(String body) {
    return body.replace("18443", Integer.toString(port)).replace("18444", Integer.toString(spare));
  }

  /** As the operator, without a body. */
  HttpResponse<String> send(String method, String path) throws Exception {
    return send(method, path, request -> {}, "", "");
  }

  /** As the operator, with JSON. */
  HttpResponse<String> send(String method, String path, String json) throws Exception {
    return send(method, path, request -> {}, "application/json", json);
  }

  /** As the operator, with what is set beside. */
  HttpResponse<String> send(
      String method, String path, Header more, String contentType, String body) throws Exception {
    return send(
        method,
        path,
        request -> {
          request.header("Authorization", "Bearer " + operator);
          more.set(request);
        },
        contentType,
        body,
        client,
        "http");
  }

  /** As whoever the headers say. */
  HttpResponse<String> sendAs(Header headers, String method, String path) throws Exception {
    return send(method, path, headers, "", "", client, "http");
  }

  HttpResponse<String> send(
      String method,
      String path,
      Header headers,
      String contentType,
      String body,
      HttpClient by,
      String scheme)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + adminPort + "/api/v1" + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    headers.set(request);
    return by.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  static Header bearer(String token) {
    return request -> request.header("Authorization", "Bearer " + token);
  }

  static JsonObject json(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  @Override
  public void close() {
    client.close();
    if (!controller.status().readiness().draining()) {
      await(controller.shutdown(DrainTimes.AT_ONCE));
    }
    await(vertx.close());
  }

  /** Sets headers. */
  interface Header {
    void set(HttpRequest.Builder request);
  }
}
