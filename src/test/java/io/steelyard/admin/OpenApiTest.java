package io.steelyard.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.SocketBackend;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The served description is valid, describes exactly what there is, and does what it says: every
 * operation is carried out with its own examples against a controller with real listeners.
 */
class OpenApiTest {

  private static final OpenAPI API = parsed(OpenApi.json(OpenApi.text()));

  @TempDir private Path directory;

  private static OpenAPI parsed(String text) {
    ParseOptions options = new ParseOptions();
    options.setResolve(true);
    SwaggerParseResult result = new OpenAPIV3Parser().readContents(text, List.of(), options);
    assertThat(result.getMessages()).isEmpty();
    return result.getOpenAPI();
  }

  @Test
  void document_asYamlAndAsJson_isValidAndTheSame() {
    OpenAPI fromYaml = parsed(new String(OpenApi.text(), StandardCharsets.UTF_8));

    assertThat(fromYaml).isEqualTo(API);
  }

  @Test
  void routes_all_areDescribedAndNothingElse() {
    List<String> routes =
        AdminApi.table(Unused.SURROUNDINGS).routes().stream()
            .map(route -> route.method() + " " + route.path())
            .toList();

    assertThat(operations().stream().map(Described::name))
        .containsExactlyInAnyOrderElementsOf(routes);
  }

  @Test
  void roles_ofAllOperations_areSaidAsTheyAre() {
    Map<String, Role> needed =
        AdminApi.table(Unused.SURROUNDINGS).routes().stream()
            .collect(Collectors.toMap(it -> it.method() + " " + it.path(), Route::needs));

    for (Described operation : operations()) {
      assertThat(operation.operation().getDescription())
          .as(operation.name())
          .endsWith("Needs the role " + needed.get(operation.name()).label() + ".");
    }
  }

  @Test
  void examples_ofEveryOperation_run() throws Exception {
    try (SocketBackend backend = SocketBackend.echo();
        AdminScene scene = new AdminScene(directory).start(backend)) {
      for (Described operation : operations()) {
        scene.reset();
        HttpResponse<String> answer = run(scene, operation);

        ApiResponse expected = operation.operation().getResponses().values().iterator().next();
        int status =
            Integer.parseInt(operation.operation().getResponses().keySet().iterator().next());
        assertThat(answer.statusCode())
            .as("%s: %s", operation.name(), answer.body())
            .isEqualTo(status);
        check(operation, expected, answer);
      }
    }
  }

  private static HttpResponse<String> run(AdminScene scene, Described described) throws Exception {
    String path = described.path();
    List<String> query = new ArrayList<>();
    for (Parameter parameter : parameters(described.operation())) {
      String example = String.valueOf(parameter.getExample());
      if (parameter.getIn().equals("path")) {
        path = path.replace("{" + parameter.getName() + "}", example);
      } else if (parameter.getIn().equals("query") && parameter.getExample() != null) {
        query.add(parameter.getName() + "=" + example.replace("/", "%2F"));
      }
    }
    String target = path + (query.isEmpty() ? "" : "?" + String.join("&", query));
    if (described.operation().getRequestBody() == null) {
      return scene.send(described.method().name(), target);
    }
    Object body =
        described.operation().getRequestBody().getContent().get("application/json").getExample();
    return scene.send(described.method().name(), target, scene.local(String.valueOf(body)));
  }

  private static List<Parameter> parameters(Operation operation) {
    return operation.getParameters() == null ? List.of() : operation.getParameters();
  }

  /** Every key that the answer has is described, and every required one is there. */
  private static void check(
      Described operation, ApiResponse expected, HttpResponse<String> answer) {
    var media = expected.getContent().get("application/json");
    Object body = Json.decodeValue(answer.body());
    Object first = body instanceof JsonArray list && !list.isEmpty() ? list.getValue(0) : body;
    var schema =
        media.getSchema().getItems() == null ? media.getSchema() : media.getSchema().getItems();
    if (schema.get$ref() != null) {
      schema = API.getComponents().getSchemas().get(schema.get$ref().replaceFirst(".*/", ""));
    }
    if (!(first instanceof JsonObject object) || schema.getProperties() == null) {
      return;
    }
    if (schema.getRequired() != null) {
      assertThat(object.fieldNames())
          .as(operation.name())
          .containsAll(required(schema.getRequired()));
    }
    if (!Boolean.TRUE.equals(schema.getAdditionalProperties())) {
      assertThat(new TreeSet<>(schema.getProperties().keySet()))
          .as(operation.name())
          .containsAll(object.fieldNames());
    }
  }

  private static List<String> required(List<?> names) {
    return names.stream().map(String::valueOf).toList();
  }

  /** Revisions first, while the first is kept; the end of the process last. */
  private static List<Described> operations() {
    List<Described> all = new ArrayList<>();
    API.getPaths()
        .forEach(
            (path, item) ->
                item.readOperationsMap()
                    .forEach(
                        (method, operation) -> all.add(new Described(method, path, operation))));
    all.sort(
        Comparator.comparingInt(
            it -> it.path().startsWith("/revisions") ? 0 : it.path().equals("/drain") ? 2 : 1));
    return all;
  }

  /** An operation where it stands. */
  private record Described(HttpMethod method, String path, Operation operation) {
    String name() {
      return method + " " + path;
    }
  }
}
