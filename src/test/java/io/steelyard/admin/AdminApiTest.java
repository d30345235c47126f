package io.steelyard.admin;

import static io.steelyard.admin.AdminScene.bearer;
import static io.steelyard.admin.AdminScene.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.control.DrainTimes;
import io.steelyard.testkit.CapturedLog;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API answers, in front of a controller with real listeners and a real file. */
class AdminApiTest {

  private final SocketBackend backend = SocketBackend.echo();
  private AdminScene scene;

  @TempDir private Path directory;

  @BeforeEach
  void start() throws Exception {
    scene = new AdminScene(directory).start(backend);
  }

  @AfterEach
  void close() {
    scene.close();
    backend.close();
  }

  @Test
  void document_asYaml_isTheFileAsWritten() throws Exception {
    HttpResponse<String> answer =
        scene.send(
            "GET", "/document", request -> request.header("Accept", "application/yaml"), "", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(scene.document());
    assertThat(answer.headers().firstValue("ETag"))
        .contains("\"" + scene.controller.document().orElseThrow().sha256() + "\"");
  }

  @Test
  void document_asJson_hasTheDocumentsOwnKeys() throws Exception {
    JsonObject document = json(scene.send("GET", "/document"));

    assertThat(document.fieldNames())
        .containsExactlyInAnyOrder("listeners", "ip-groups", "certificates", "server-groups");
    assertThat(document.getJsonArray("listeners").getJsonObject(0).getInteger("port"))
        .isEqualTo(scene.port);
  }

  @Test
  void putDocument_asYaml_keepsCommentsInTheFile() throws Exception {
    String changed = scene.document().replace("weight: 10", "weight: 20");

    HttpResponse<String> answer = put("/document", "application/yaml", changed);

    assertThat(json(answer).getString("outcome")).isEqualTo("applied");
    assertThat(json(answer).getLong("revision")).isEqualTo(2);
    assertThat(json(answer).getJsonArray("changes").encode()).contains("weight");
    assertThat(scene.file).hasContent(changed);
    assertThat(directory.resolve("steelyard.yaml.previous")).hasContent(scene.document());
  }

  @Test
  void putDocument_asJson_becomesCanonicalYaml() throws Exception {
    JsonObject document = json(scene.send("GET", "/document"));
    document.getJsonArray("listeners").getJsonObject(0).put("description", "shop");

    assertThat(scene.send("PUT", "/document", document.encode()).statusCode()).isEqualTo(200);

    assertThat(Files.readString(scene.file))
        .startsWith("#")
        .contains("    description: shop\n")
        .doesNotContain("edge of the shop");
  }

  @Test
  void putDocument_withProblems_tellsEachAndChangesNothing() throws Exception {
    String wrong = scene.document().replace("weight: 10", "weight: 900").replace("office", "");

    HttpResponse<String> answer = put("/document", "application/yaml", wrong);

    assertProblem(answer, 422, "document-refused");
    JsonArray problems = json(answer).getJsonArray("problems");
    assertThat(problems).hasSizeGreaterThanOrEqualTo(2);
    assertThat(problems.stream().map(JsonObject.class::cast))
        .allSatisfy(
            problem -> {
              assertThat(problem.getString("path")).isNotEmpty();
              assertThat(problem.getString("found")).isNotEmpty();
              assertThat(problem.getString("expected")).isNotEmpty();
              assertThat(problem.getInteger("line")).isPositive();
            });
    assertThat(scene.file).hasContent(scene.document());
    assertThat(json(scene.send("GET", "/revisions/2")).getString("outcome")).isEqualTo("refused");
  }

  @Test
  void putDocument_dryRun_tellsAndChangesNothing() throws Exception {
    String changed = scene.document().replace("weight: 10", "weight: 20");

    HttpResponse<String> answer = put("/document?dry-run=true", "application/yaml", changed);

    assertThat(json(answer).getString("outcome")).isEqualTo("would-apply");
    assertThat(json(answer).getJsonArray("changes")).isNotEmpty();
    assertThat(json(answer).containsKey("revision")).isFalse();
    assertThat(scene.file).hasContent(scene.document());
    assertThat(scene.controller.revisions()).hasSize(1);
  }

  @Test
  void putDocument_dryRunOfAWrongOne_is422AndMakesNoRevision() throws Exception {
    HttpResponse<String> answer =
        put("/document?dry-run=true", "application/yaml", "listeners: 5\n");

    assertProblem(answer, 422, "document-refused");
    assertThat(scene.controller.revisions()).hasSize(1);
  }

  @Test
  void putDocument_twiceAtOnceWithOneTag_isOne200AndOne412() throws Exception {
    for (int round = 0; round < 10; round++) {
      String tag = tag();
      String first = scene.document().replace("weight: 10", "weight: " + (20 + round));
      String second = scene.document().replace("weight: 10", "weight: " + (120 + round));
      List<CompletableFuture<HttpResponse<String>>> answers =
          Stream.of(first, second)
              .map(text -> CompletableFuture.supplyAsync(() -> putMatching(tag, text)))
              .toList();

      assertThat(answers.stream().map(answer -> answer.join().statusCode()))
          .containsExactlyInAnyOrder(200, 412);
      String file = Files.readString(scene.file);
      assertThat(file).isIn(first, second);
      assertThat(new String(scene.controller.document().orElseThrow().bytes(), "UTF-8"))
          .isEqualTo(file);
    }
  }

  private HttpResponse<String> putMatching(String tag, String text) {
    try {
      return scene.send(
          "PUT", "/document", request -> request.header("If-Match", tag), "application/yaml", text);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void ifMatch_staleOnEveryWrite_is412AndTheTagInForce() throws Exception {
    for (String path : List.of("/listeners/web", "/server-groups/app/backends/10.0.0.12:8080")) {
      HttpResponse<String> answer =
          scene.send("DELETE", path, request -> request.header("If-Match", "\"0000\""), "", "");

      assertProblem(answer, 412, "document-changed");
      assertThat(answer.headers().firstValue("ETag")).contains(tag());
    }
    assertThat(scene.file).hasContent(scene.document());
  }

  @Test
  void ifMatch_starListOrNone_goesOn() throws Exception {
    for (String header : List.of("*", "\"other\", " + tag())) {
      HttpResponse<String> answer =
          scene.send(
              "PUT",
              "/document?dry-run=true",
              request -> request.header("If-Match", header),
              "application/yaml",
              scene.document() + "\n");

      assertThat(answer.statusCode()).as(header).isEqualTo(200);
    }
  }

  @Test
  void ifMatch_noEntityTag_is400() throws Exception {
    HttpResponse<String> answer =
        scene.send(
            "DELETE", "/listeners/web", request -> request.header("If-Match", "abc"), "", "");

    assertProblem(answer, 400, "bad-if-match");
    assertProblem(
        scene.send("DELETE", "/listeners/web", request -> request.header("If-Match", ""), "", ""),
        400,
        "bad-if-match");
  }

  @Test
  void part_putReadDeleted_livesAndGoes() throws Exception {
    String body =
        "{\"protocol\":\"tcp\",\"address\":\"127.0.0.1\",\"port\":%d,\"server-group\":\"app\"}"
            .formatted(scene.spare);

    assertThat(scene.send("PUT", "/listeners/new%20one", body).statusCode()).isEqualTo(200);
    assertThat(json(scene.send("GET", "/listeners/new%20one")).getString("name"))
        .isEqualTo("new one");
    assertThat(new JsonArray(scene.send("GET", "/listeners").body())).hasSize(3);
    assertThat(scene.send("DELETE", "/listeners/new%20one").statusCode()).isEqualTo(200);
    assertProblem(scene.send("GET", "/listeners/new%20one"), 404, "no-such-part");
    assertProblem(scene.send("DELETE", "/listeners/new%20one"), 404, "no-such-part");
  }

  @Test
  void part_nameOtherThanInThePath_is400() throws Exception {
    assertProblem(
        scene.send("PUT", "/ip-groups/a", "{\"name\":\"b\",\"addresses\":[\"192.0.2.1\"]}"),
        400,
        "other-name");
    assertProblem(
        scene.send(
            "PUT", "/server-groups/app/backends/10.0.0.12:8080", "{\"address\":\"10.0.0.13:80\"}"),
        400,
        "other-name");
  }

  @Test
  void part_inUse_isRefusedWithThePlaceThatUsesIt() throws Exception {
    HttpResponse<String> answer = scene.send("DELETE", "/server-groups/app");

    assertProblem(answer, 422, "document-refused");
    assertThat(answer.body()).contains("listeners[web].server-group");
  }

  @Test
  void backend_putReadDeleted_livesAndGoes() throws Exception {
    String path = "/server-groups/app/backends/10.0.0.13:80";

    assertThat(scene.send("PUT", path, "{\"weight\":7}").statusCode()).isEqualTo(200);
    assertThat(json(scene.send("GET", path)))
        .isEqualTo(new JsonObject().put("address", "10.0.0.13:80").put("weight", 7));
    assertThat(new JsonArray(scene.send("GET", "/server-groups/app/backends").body())).hasSize(3);
    assertThat(scene.send("DELETE", path).statusCode()).isEqualTo(200);
    assertProblem(scene.send("GET", path), 404, "no-such-part");
    assertProblem(scene.send("GET", "/server-groups/none/backends"), 404, "no-such-part");
  }

  @Test
  void backendState_drainWithWeight_showsInStatusAndNotInTheDocument() throws Exception {
    String path = "/server-groups/app/backends/10.0.0.12:8080/state";

    assertThat(scene.send("PUT", path, "{\"state\":\"drain\",\"weight\":3}").statusCode())
        .isEqualTo(200);

    JsonObject shown =
        json(scene.send("GET", "/status"))
            .getJsonArray("server-groups")
            .getJsonObject(0)
            .getJsonArray("backends")
            .getJsonObject(1);
    assertThat(shown.getString("state")).isEqualTo("draining");
    assertThat(scene.file).hasContent(scene.document());
  }

  @Test
  void backendState_wrongBody_tellsWhatIsExpected() throws Exception {
    String path = "/server-groups/app/backends/10.0.0.12:8080/state";

    assertProblem(scene.send("PUT", path, "{\"state\":\"off\"}"), 422, "bad-state");
    assertProblem(scene.send("PUT", path, "{\"weight\":257}"), 422, "bad-state");
    assertProblem(scene.send("PUT", path, "{\"wait\":1}"), 422, "bad-state");
    assertProblem(scene.send("PUT", path, "{}"), 422, "bad-state");
    assertProblem(
        scene.send("PUT", path.replace("8080", "1"), "{\"weight\":1}"), 404, "no-such-part");
  }

  @Test
  void listener_drainedAndEnabled_freesItsPortAndTakesItAgain() throws Exception {
    assertThat(scene.send("POST", "/listeners/web/drain").statusCode()).isEqualTo(200);
    Patience.await().until(() -> isFree(scene.port));
    assertThat(accepting()).isFalse();
    assertThat(scene.file).hasContent(scene.document());

    assertThat(scene.send("POST", "/listeners/web/enable").statusCode()).isEqualTo(200);
    assertThat(accepting()).isTrue();
  }

  @Test
  void listener_enabledWhileItsPortIsTaken_is409AndSaysSo() throws Exception {
    scene.send("POST", "/listeners/web/drain");
    Patience.await().until(() -> isFree(scene.port));
    try (ServerSocket taken = new ServerSocket(scene.port)) {
      HttpResponse<String> answer = scene.send("POST", "/listeners/web/enable");

      assertThat(taken.isBound()).isTrue();
      assertProblem(answer, 409, "listener-not-bound");
      assertThat(answer.body()).contains("Address already in use");
    }
  }

  @Test
  void listener_disabled_isWrittenToTheDocument() throws Exception {
    HttpResponse<String> answer = scene.send("POST", "/listeners/web/disable");

    assertThat(json(answer).getString("outcome")).isEqualTo("applied");
    assertThat(json(scene.send("GET", "/listeners/web")).getBoolean("enabled")).isFalse();
    assertProblem(scene.send("POST", "/listeners/web/drain"), 409, "listener-disabled");
    assertProblem(scene.send("POST", "/listeners/none/drain"), 404, "no-such-part");
  }

  private boolean accepting() throws Exception {
    return json(scene.send("GET", "/status"))
        .getJsonArray("listeners")
        .getJsonObject(0)
        .getBoolean("accepting");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port)) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  @Test
  void rollback_toTheFirst_restoresTheExactDocument() throws Exception {
    scene.send("DELETE", "/listeners/raw");
    assertThat(Files.readString(scene.file)).isNotEqualTo(scene.document());

    HttpResponse<String> answer = scene.send("POST", "/revisions/1/rollback");

    assertThat(json(answer).getLong("revision")).isEqualTo(3);
    assertThat(scene.file).hasContent(scene.document());
    assertProblem(scene.send("POST", "/revisions/99/rollback"), 404, "no-such-revision");
    assertProblem(scene.send("GET", "/revisions/one"), 404, "no-such-revision");
  }

  @Test
  void revisions_ofACaller_tellWhoItWas() throws Exception {
    scene.send("DELETE", "/listeners/raw");

    JsonObject revision = json(scene.send("GET", "/revisions/2"));

    assertThat(revision.getJsonObject("source"))
        .isEqualTo(new JsonObject().put("kind", "api").put("who", "olga"));
    assertThat(revision.getJsonArray("changes").encode()).contains("listener raw removed");
  }

  @Test
  void reload_brokenFile_is422AndAFileThatIsGone409() throws Exception {
    Files.writeString(scene.file, "listeners: 5\n");
    assertProblem(scene.send("POST", "/reload"), 422, "document-refused");

    Files.delete(scene.file);
    HttpResponse<String> gone = scene.send("POST", "/reload");

    assertProblem(gone, 409, "file-unreadable");
    assertThat(gone.body()).contains("no such file");
  }

  @Test
  void write_fileReadOnly_saysThatTheChangeLivesUntilTheNextReload() throws Exception {
    // Not by permissions: a test may run as root.
    Path moved = directory.resolve("elsewhere");
    Files.move(directory.resolve("steelyard.yaml"), moved);
    Files.createDirectory(directory.resolve("steelyard.yaml"));

    HttpResponse<String> answer = scene.send("DELETE", "/listeners/raw");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).getString("unsaved")).isNotEmpty();
  }

  @Test
  void validateAndDiff_anything_changeNothing() throws Exception {
    String changed = scene.document().replace("weight: 10", "weight: 20");

    JsonObject valid = json(post("/validate", changed));
    JsonObject invalid = json(post("/validate", "listeners: 5\n"));
    JsonObject broken = json(post("/validate", "a: ["));
    JsonObject difference = json(post("/diff", changed));

    assertThat(valid.getBoolean("valid")).isTrue();
    assertThat(invalid.getBoolean("valid")).isFalse();
    assertThat(invalid.getJsonArray("problems")).isNotEmpty();
    assertThat(broken.getBoolean("valid")).isFalse();
    assertThat(difference.getJsonArray("changes").encode()).contains("10.0.0.12:8080");
    assertProblem(post("/diff", "listeners: 5\n"), 422, "document-refused");
    assertProblem(post("/diff", "a: ["), 400, "bad-body");
    assertThat(scene.file).hasContent(scene.document());
    assertThat(scene.controller.revisions()).hasSize(1);
  }

  @Test
  void validateAndDiff_asViewer_readNothingOfTheMachine() throws Exception {
    String secret = "correct-horse-battery-staple";
    Path file = Files.writeString(scene.file.resolveSibling("secret"), secret + "\n");
    String reading =
        scene
            .document()
            .replace("addresses: [192.0.2.0/24]", "file: " + file)
            .replace("name: web,", "name: web, description: \"${PATH}\",");

    for (String path : List.of("/validate", "/diff")) {
      HttpResponse<String> answer =
          scene.send(
              "POST",
              path,
              request -> request.setHeader("Authorization", "Bearer " + scene.viewer),
              "application/yaml",
              reading);

      assertThat(answer.body()).doesNotContain(secret, System.getenv("PATH"));
      assertProblem(answer, 403, "role");
    }
    assertThat(post("/validate", reading))
        .extracting(HttpResponse::body)
        .asString()
        .contains("ip-groups[office].file")
        .doesNotContain(secret);
  }

  @Test
  void explain_aClient_goesToABackend() throws Exception {
    JsonObject explained = json(scene.send("GET", "/explain?port=" + scene.port));

    assertThat(explained.getString("outcome")).contains("goes to backend");
    assertProblem(scene.send("GET", "/explain"), 400, "bad-query");
    assertProblem(scene.send("GET", "/explain?port=1&source=here"), 400, "bad-query");
  }

  @Test
  void requests_misunderstood_areProblemsAndNeverHtml() throws Exception {
    assertProblem(scene.send("GET", "/nothing"), 404, "not-found");
    assertProblem(scene.send("GET", "/listeners/web/more/still"), 404, "not-found");
    assertProblem(scene.send("POST", "/status"), 405, "method-not-allowed");
    assertProblem(scene.send("GET", "/status?colour=red"), 400, "bad-query");
    assertProblem(scene.send("PUT", "/document?dry-run=perhaps", "{}"), 400, "bad-query");
    assertProblem(scene.send("PUT", "/document", "listeners: []"), 400, "bad-body");
    assertProblem(scene.send("PUT", "/document", "{} {}"), 400, "bad-body");
    assertProblem(scene.send("PUT", "/document", ""), 400, "bad-body");
    assertProblem(put("/document", "text/plain", "{}"), 415, "unsupported-media-type");
    assertProblem(
        put("/document", "application/json; charset=latin1", "{}"), 415, "unsupported-media-type");
    assertProblem(
        scene.send("GET", "/document", request -> request.header("Accept", "text/html"), "", ""),
        406,
        "not-acceptable");
    assertThat(scene.send("POST", "/status").headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @Test
  void body_largerThan16MiB_is413() throws Exception {
    assertProblem(
        put("/document", "application/yaml", "#".repeat(BodyReader.MAX_BYTES + 1)),
        413,
        "too-large");
  }

  @Test
  void head_ofAnything_isTheGetWithoutABody() throws Exception {
    HttpResponse<String> answer = scene.send("HEAD", "/document");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("ETag")).contains(tag());
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void drain_twice_isAcceptedOnce() throws Exception {
    assertThat(scene.send("POST", "/drain").statusCode()).isEqualTo(202);
    assertThat(scene.drained).isTrue();

    assertProblem(scene.send("POST", "/drain"), 409, "draining");
  }

  @Test
  void writes_afterTheEndHasBegun_are503() throws Exception {
    scene.controller.shutdown(new DrainTimes(Duration.ofSeconds(300), Duration.ZERO, 0));

    assertProblem(scene.send("DELETE", "/listeners/raw"), 503, "not-serving");
    assertThat(json(scene.send("GET", "/status")).getJsonObject("readiness").getBoolean("draining"))
        .isTrue();
  }

  @Test
  void status_running_showsListenersBackendsAndRevision() throws Exception {
    JsonObject status = json(scene.send("GET", "/status"));

    assertThat(status.getJsonObject("revision").getLong("revision")).isEqualTo(1);
    assertThat(status.getJsonArray("listeners").getJsonObject(0).getInteger("port"))
        .isEqualTo(scene.port);
    JsonObject shown =
        status
            .getJsonArray("server-groups")
            .getJsonObject(0)
            .getJsonArray("backends")
            .getJsonObject(0);
    assertThat(shown.getString("state")).isEqualTo("up");
    assertThat(shown.fieldNames())
        .contains("reason", "text", "since", "last-results", "weight", "connections");
  }

  @Test
  void writes_each_areOneAuditLine() throws Exception {
    try (CapturedLog log = CapturedLog.ofAll()) {
      scene.send("DELETE", "/listeners/raw");
      scene.send("DELETE", "/listeners/raw");
      scene.send("GET", "/listeners");
      scene.sendAs(bearer(scene.viewer), "DELETE", "/listeners/web");
      scene.sendAs(bearer("wrong"), "DELETE", "/listeners/web?x=" + scene.operator);

      List<String> audit = log.lines().stream().filter(line -> line.contains("method=")).toList();
      assertThat(audit)
          .containsExactly(
              "INFO method=DELETE path=/api/v1/listeners/raw who=olga role=operator"
                  + " source=127.0.0.1 status=200 outcome=applied revision=2",
              "INFO method=DELETE path=/api/v1/listeners/raw who=olga role=operator"
                  + " source=127.0.0.1 status=404 reason=no-such-part",
              "WARN denied method=DELETE path=/api/v1/listeners/web who=viktor"
                  + " source=127.0.0.1 status=403 reason=role",
              "WARN denied method=DELETE path=/api/v1/listeners/web who=-"
                  + " source=127.0.0.1 status=401 reason=wrong-token");
    }
  }

  @Test
  void tokens_whereverTheyAreSent_areInNoLogAndNoAnswer() throws Exception {
    List<String> answers = new ArrayList<>();
    try (CapturedLog log = CapturedLog.ofAll()) {
      answers.add(scene.send("GET", "/nothing/" + scene.operator).body());
      answers.add(scene.send("DELETE", "/listeners/" + scene.operator).body());
      answers.add(scene.sendAs(bearer(scene.operator + "x"), "GET", "/status").body());
      Files.writeString(scene.tokens, "olga operator " + scene.operator + "\n");
      Patience.await()
          .until(() -> log.lines().stream().anyMatch(line -> line.contains("the old tokens stay")));

      assertThat(log.lines()).noneMatch(line -> line.contains(scene.operator));
      assertThat(answers.get(2)).doesNotContain(scene.operator);
    }
  }

  private String tag() {
    return "\"" + scene.controller.document().orElseThrow().sha256() + "\"";
  }

  private HttpResponse<String> put(String path, String type, String body) throws Exception {
    return scene.send("PUT", path, request -> {}, type, body);
  }

  private HttpResponse<String> post(String path, String yaml) throws Exception {
    return scene.send("POST", path, request -> {}, "application/yaml", yaml);
  }

  static void assertProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(answer).getString("type")).isEqualTo("urn:steelyard:problem:" + code);
    assertThat(json(answer).getInteger("status")).isEqualTo(status);
    assertThat(json(answer).fieldNames()).contains("title", "detail", "problems");
  }
}
