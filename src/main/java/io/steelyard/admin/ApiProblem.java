package io.steelyard.admin;

import io.steelyard.config.Problem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Why a request was not done, as RFC 9457 has it.
 *
 * @param code the last part of {@code type}; part of the API
 * @param detail this occurrence, for people
 * @param problems each thing wrong with a document
 * @param headers that belong to the status
 */
record ApiProblem(
    int status, String code, String detail, List<Problem> problems, Map<String, String> headers) {

  static final String MEDIA_TYPE = "application/problem+json";

  private static final String TYPE_PREFIX = "urn:steelyard:problem:";

  /** RFC 9110 §15, for those that are answered here. */
  private static final Map<Integer, String> TITLES =
      Map.ofEntries(
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(406, "Not Acceptable"),
          Map.entry(409, "Conflict"),
          Map.entry(412, "Precondition Failed"),
          Map.entry(413, "Content Too Large"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(422, "Unprocessable Content"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(503, "Service Unavailable"));

  ApiProblem {
    problems = List.copyOf(problems);
    headers = Map.copyOf(headers);
  }

  static ApiProblem of(int status, String code, String detail) {
    return new ApiProblem(status, code, detail, List.of(), Map.of());
  }

  ApiProblem withHeader(String name, String value) {
    return new ApiProblem(status, code, detail, problems, Map.of(name, value));
  }

  ApiProblem withProblems(List<Problem> found) {
    return new ApiProblem(status, code, detail, found, headers);
  }

  ApiException exception() {
    return new ApiException(this);
  }

  Reply reply() {
    JsonObject body =
        new JsonObject()
            .put("type", TYPE_PREFIX + code)
            .put("title", TITLES.getOrDefault(status, "Error"))
            .put("status", status)
            .put("detail", detail)
            .put("problems", json(problems));
    Reply reply =
        new Reply(status, MEDIA_TYPE, body.toBuffer().getBytes(), Map.copyOf(headers), "");
    return reply.noted("reason=" + code);
  }

  /** Each as {@code validate --format json} has it. */
  static JsonArray json(List<Problem> problems) {
    JsonArray list = new JsonArray();
    for (Problem problem : problems) {
      list.add(
          new JsonObject()
              .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
              .put("file", problem.file())
              .put("line", problem.line())
              .put("column", problem.column())
              .put("path", problem.path())
              .put("found", problem.found())
              .put("expected", problem.expected()));
    }
    return list;
  }
}
