package io.steelyard.admin;

import io.steelyard.control.Source;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request whose caller is known and whose body is here.
 *
 * @param names what stands in the braces of the route's path, decoded
 * @param query by name, all values
 */
record Call(
    Caller caller, Map<String, String> names, MultiMap query, MultiMap headers, byte[] body) {

  /** What stands for that name in the path. */
  String name(String key) {
    String value = names.get(key);
    if (value == null) {
      throw new IllegalStateException("no {" + key + "} in the route");
    }
    return value;
  }

  /** The one value of a query parameter. */
  Optional<String> query(String key) {
    List<String> values = query.getAll(key);
    if (values.size() > 1) {
      throw ApiProblem.of(400, "bad-query", key + " stands there more than once").exception();
    }
    return values.stream().findFirst();
  }

  /** A query parameter that is true, false, or not there. */
  boolean flag(String key) {
    String value = query(key).orElse("false");
    return switch (value) {
      case "true", "" -> true;
      case "false" -> false;
      default ->
          throw ApiProblem.of(400, "bad-query", key + ": " + value + " (expected: true or false)")
              .exception();
    };
  }

  /** Refuses parameters that nobody reads: a misspelt dry-run must not become the real thing. */
  void allowQuery(String... keys) {
    List<String> allowed = List.of(keys);
    for (String key : query.names()) {
      if (!allowed.contains(key)) {
        throw ApiProblem.of(
                400,
                "bad-query",
                "no such parameter: "
                    + key
                    + " (expected: "
                    + (allowed.isEmpty() ? "none" : String.join(", ", allowed))
                    + ")")
            .exception();
      }
    }
  }

  /** What the answer is to be written in. */
  Media accepted(Media... offered) {
    return Media.accepted(headers.get("Accept"), List.of(offered))
        .orElseThrow(
            () ->
                ApiProblem.of(
                        406,
                        "not-acceptable",
                        "this is answered as "
                            + String.join(
                                " or ", List.of(offered).stream().map(Media::type).toList()))
                    .exception());
  }

  /** What the body is written in. */
  Media content() {
    return Media.ofContent(headers.get("Content-Type"))
        .orElseThrow(
            () ->
                ApiProblem.of(
                        415,
                        "unsupported-media-type",
                        "the body is application/json or application/yaml, in UTF-8")
                    .withHeader("Accept", "application/json, application/yaml")
                    .exception());
  }

  /** Who it is, for revisions. */
  Source source() {
    return new Source(Source.Kind.API, caller.name());
  }
}
