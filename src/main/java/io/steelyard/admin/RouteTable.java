package io.steelyard.admin;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds what a method and a path ask for. */
final class RouteTable {

  /** What all paths begin with. */
  static final String PREFIX = "/api/v1";

  private final List<Route> routes;

  RouteTable(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  List<Route> routes() {
    return routes;
  }

  /**
   * The route, and what stands for its names.
   *
   * @throws ApiException 400, 404 or 405
   */
  Found find(String method, String path) {
    if (!path.startsWith(PREFIX + "/")) {
      throw notFound();
    }
    List<String> segments = segments(path.substring(PREFIX.length() + 1));
    String wanted = method.equals("HEAD") ? "GET" : method;
    TreeSet<String> others = new TreeSet<>();
    for (Route route : routes) {
      Optional<Map<String, String>> names = match(route, segments);
      if (names.isPresent() && route.method().equals(wanted)) {
        return new Found(route, names.get());
      }
      names.ifPresent(any -> others.add(route.method()));
    }
    if (others.isEmpty()) {
      throw notFound();
    }
    if (others.contains("GET")) {
      others.add("HEAD");
    }
    String allow = String.join(", ", others);
    throw ApiProblem.of(405, "method-not-allowed", "this path takes " + allow)
        .withHeader("Allow", allow)
        .exception();
  }

  static ApiException notFound() {
    return ApiProblem.of(
            404, "not-found", "there is nothing at this path; " + PREFIX + "/openapi lists all")
        .exception();
  }

  private static Optional<Map<String, String>> match(Route route, List<String> segments) {
    String[] template = route.path().substring(1).split("/", -1);
    if (template.length != segments.size()) {
      return Optional.empty();
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < template.length; i++) {
      if (template[i].startsWith("{")) {
        names.put(template[i].substring(1, template[i].length() - 1), segments.get(i));
      } else if (!template[i].equals(segments.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(names);
  }

  private static List<String> segments(String path) {
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      segments.add(decoded(segment));
    }
    return segments;
  }

  /** RFC 3986 §2.1; a plus is a plus. */
  private static String decoded(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int at = 0;
    try {
      while (at < segment.length()) {
        char c = segment.charAt(at);
        if (c == '%') {
          int high = Character.digit(segment.charAt(at + 1), 16);
          int low = Character.digit(segment.charAt(at + 2), 16);
          if (high < 0 || low < 0) {
            throw badPath();
          }
          bytes.write(high << 4 | low);
          at += 3;
        } else {
          bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
          at++;
        }
      }
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (StringIndexOutOfBoundsException | CharacterCodingException e) {
      throw badPath();
    }
  }

  private static ApiException badPath() {
    return ApiProblem.of(400, "bad-path", "the path is not percent-encoded UTF-8").exception();
  }

  /** A route and its names. */
  record Found(Route route, Map<String, String> names) {}
}
