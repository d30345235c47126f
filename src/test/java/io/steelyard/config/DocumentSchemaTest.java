package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/**
 * The schema and the readers say the same: keys, required ones, ranges and words. The full
 * document, which has every key, is walked along the schema, and the reader is asked at each place.
 */
class DocumentSchemaTest {

  private static final String UNKNOWN = "qqqqqqqqqqqqqqqqqqqq";
  private static final Map<?, ?> SCHEMA = new Yaml().load(DocumentSchema.text());
  private static final SchemaCheck CHECK = new SchemaCheck(SCHEMA);

  /** A section of a later version, which may stand there to switch it off: known where it does. */
  private static final String SWITCHED_OFF = "outlier-ejection";

  /** Lists of which one is written as the one, because words stand beside it. */
  private static final Set<String> KEPT = Set.of("alpn", "expect-status");

  static Stream<String> validDocuments() throws IOException {
    List<String> texts = new ArrayList<>(DocumentTreeTest.pages());
    for (Path file : DocumentTreeTest.files()) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      if (Documents.read(text).document().isPresent()) {
        texts.add(text);
      }
    }
    assertThat(texts).hasSizeGreaterThan(3);
    return texts.stream();
  }

  @ParameterizedTest
  @MethodSource("validDocuments")
  void schema_validDocument_fits(String text) throws Exception {
    DocumentTree tree = DocumentTree.parse(text.getBytes(StandardCharsets.UTF_8), "f");
    assertThat(CHECK.problems(tree.objects())).isEmpty();
  }

  @Test
  void schema_mistakes_doNotFit() throws Exception {
    String text =
        """
        listeners: {name: web, protocol: udp, port: 0, idle-timeout: soon, tls: {}, more: 1}
        certificates: {name: a, certificate: b}
        """;
    DocumentTree tree = DocumentTree.parse(text.getBytes(StandardCharsets.UTF_8), "f");
    assertThat(CHECK.problems(tree.objects())).hasSize(2);
  }

  @Test
  void keys_everyObject_areThoseOfTheReader() throws Exception {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Visit visit : visits()) {
      Map<?, ?> properties = (Map<?, ?>) visit.schema().get("properties");
      if (properties != null && visit.value() instanceof Map) {
        seen.add(visit.schema());
        assertThat(keysOfTheReader(visit))
            .as(visit.path())
            .containsExactlyInAnyOrderElementsOf(
                properties.entrySet().stream()
                    .filter(entry -> !isLater((Map<?, ?>) entry.getValue()))
                    .filter(entry -> !entry.getKey().equals(SWITCHED_OFF))
                    .map(entry -> (String) entry.getKey())
                    .toList());
      }
    }
    assertThat(seen).hasSize(objects(SCHEMA).size());
  }

  private static boolean isLater(Map<?, ?> schema) {
    return "not yet".equals(schema.get("$comment"));
  }

  /** Named by the reader where it meets a key that is like none. */
  private static List<String> keysOfTheReader(Visit visit) throws Exception {
    Problem unknown =
        problems(visit.steps(), UNKNOWN, 1).stream()
            .filter(problem -> problem.path().endsWith(UNKNOWN))
            .findFirst()
            .orElseThrow();
    return Stream.of(unknown.expected().split(", | or "))
        .filter(key -> !key.equals(SWITCHED_OFF))
        .toList();
  }

  private static List<Map<?, ?>> objects(Object schema) {
    List<Map<?, ?>> objects = new ArrayList<>();
    if (schema instanceof Map<?, ?> map) {
      if (map.containsKey("properties") && map.get("type") instanceof String) {
        objects.add(map);
      }
      map.values().forEach(below -> objects.addAll(objects(below)));
    } else if (schema instanceof List<?> list) {
      list.forEach(below -> objects.addAll(objects(below)));
    }
    return objects;
  }

  @Test
  void required_everyKey_isMissedByTheReader() throws Exception {
    int tried = 0;
    for (Visit visit : visits()) {
      if (visit.value() instanceof Map
          && visit.schema().containsKey("properties")
          && visit.schema().get("required") instanceof List<?> keys) {
        for (Object key : keys) {
          tried++;
          assertThat(problems(visit.steps(), (String) key, null))
              .as(visit.path() + " " + key)
              .anyMatch(
                  problem ->
                      problem.path().endsWith("." + key) || problem.path().equals(visit.path()));
        }
      }
    }
    assertThat(tried).isGreaterThan(15);
  }

  @Test
  void ranges_everyNumber_areThoseOfTheReader() throws Exception {
    int tried = 0;
    for (Visit visit : visits()) {
      if (visit.schema().get("minimum") == null) {
        continue;
      }
      tried++;
      BigDecimal min = new BigDecimal(visit.schema().get("minimum").toString());
      BigDecimal max = new BigDecimal(visit.schema().get("maximum").toString());
      boolean whole = "integer".equals(visit.schema().get("type"));
      BigDecimal step = new BigDecimal(whole ? "1" : "0.05");
      assertThat(refuses(visit, min)).as(visit.path() + " " + min).isFalse();
      assertThat(refuses(visit, max)).as(visit.path() + " " + max).isFalse();
      assertThat(refuses(visit, min.subtract(step))).as(visit.path() + " below").isTrue();
      assertThat(refuses(visit, max.add(step))).as(visit.path() + " above").isTrue();
    }
    assertThat(tried).isGreaterThanOrEqualTo(30);
  }

  @Test
  void words_everyChoice_areThoseOfTheReader() throws Exception {
    int tried = 0;
    for (Visit visit : visits()) {
      if (!(visit.schema().get("enum") instanceof List<?> words)) {
        continue;
      }
      tried++;
      for (Object word : words) {
        assertThat(refuses(visit, word)).as(visit.path() + " " + word).isFalse();
      }
      String expected =
          problems(visit, UNKNOWN).stream()
              .filter(problem -> problem.path().equals(visit.path()))
              .map(Problem::expected)
              .findFirst()
              .orElse("");
      // Flags have their own type beside the words.
      if (expected.contains(" or ") && !expected.equals("true or false")) {
        List<String> named = Arrays.asList(expected.split(", or .*|, | or "));
        assertThat(words).map(Object::toString).as(visit.path()).containsAll(named);
      }
    }
    assertThat(tried).isGreaterThan(15);
  }

  @Test
  void order_everyObject_isTheCanonicalOne() {
    sameOrder(SCHEMA, DocumentShape.ROOT, "");
  }

  private static void sameOrder(Map<?, ?> schema, DocumentShape shape, String path) {
    Map<?, ?> resolved = CHECK.resolved(schema);
    if (resolved.get("properties") instanceof Map<?, ?> properties) {
      Set<String> keys = new LinkedHashSet<>();
      properties.keySet().forEach(key -> keys.add((String) key));
      assertThat(shape.keys().keySet()).as(path).containsAll(keys);
      assertThat(shape.ordered(keys)).as(path).containsExactlyElementsOf(keys);
      properties.forEach(
          (key, below) -> {
            String at = path + "." + key;
            DocumentShape inner = shape.below((String) key);
            boolean list = isListOfOne((Map<?, ?>) below) && !KEPT.contains((String) key);
            // Beside a listener's ALPN, a route's knows no words.
            assertThat(inner.list())
                .as(at)
                .isEqualTo(list || at.equals(".listeners.sni-routes.alpn"));
            sameOrder((Map<?, ?>) below, inner, at);
          });
    }
    if (resolved.get("anyOf") instanceof List<?> all) {
      all.forEach(one -> sameOrder((Map<?, ?>) one, shape, path));
    }
  }

  private static boolean isListOfOne(Map<?, ?> schema) {
    return schema.get("anyOf") instanceof List<?> all
        && all.stream()
            .anyMatch(one -> ((Map<?, ?>) one).get("items") instanceof Object i && all.contains(i));
  }

  private static boolean refuses(Visit visit, Object value) throws Exception {
    return problems(visit, value).stream()
        .anyMatch(
            problem ->
                (problem.path().equals(visit.path()) || problem.path().equals(visit.path() + "[0]"))
                    && problem.severity() == Problem.Severity.ERROR
                    // A rule between two keys, not the range of one.
                    && !problem.found().contains("above the interval"));
  }

  private static List<Problem> problems(Visit visit, Object value) throws Exception {
    List<Object> steps = visit.steps();
    return problems(steps.subList(0, steps.size() - 1), steps.getLast(), value);
  }

  /** Of the full document with that value set there, or with nothing there. */
  @SuppressWarnings("unchecked") // the test's own copy of maps and lists
  private static List<Problem> problems(List<Object> steps, Object key, Object value)
      throws Exception {
    Map<String, Object> document = (Map<String, Object>) copy(full());
    Object node = document;
    for (Object step : steps) {
      node = node instanceof List<?> list ? list.get((int) step) : ((Map<?, ?>) node).get(step);
    }
    if (node instanceof List<?> list) {
      ((List<Object>) list).set((int) key, value);
    } else if (value == null) {
      ((Map<String, Object>) node).remove(key);
    } else {
      ((Map<String, Object>) node).put((String) key, value);
    }
    return Documents.read(PlainObjects.yaml(document)).problems().all();
  }

  private static Object copy(Object node) {
    return switch (node) {
      case Map<?, ?> map -> {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put((String) key, copy(value)));
        yield copy;
      }
      case List<?> list -> {
        List<Object> copy = new ArrayList<>();
        list.forEach(item -> copy.add(copy(item)));
        yield copy;
      }
      default -> node;
    };
  }

  private static Map<String, Object> full() throws Exception {
    return DocumentTree.parse(
            Files.readAllBytes(Path.of("src/test/resources/config/full.yaml")), "full.yaml")
        .objects();
  }

  /** Every place of the full document with each schema that may speak there. */
  private static List<Visit> visits() throws Exception {
    List<Visit> visits = new ArrayList<>();
    visit(SCHEMA, new Visit(SCHEMA, full(), List.of(), ""), visits);
    return visits;
  }

  private static void visit(Map<?, ?> unresolved, Visit at, List<Visit> visits) {
    Map<?, ?> schema = CHECK.resolved(unresolved);
    if (isLater(schema)) {
      return;
    }
    Visit here = new Visit(schema, at.value(), at.steps(), at.path());
    visits.add(here);
    if (schema.get("anyOf") instanceof List<?> alternatives) {
      alternatives.forEach(one -> visit((Map<?, ?>) one, here, visits));
    }
    if (schema.get("items") instanceof Map<?, ?> items && at.value() instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        String label =
            list.get(i) instanceof Map<?, ?> m && m.get("name") != null
                ? m.get("name").toString()
                : String.valueOf(i);
        visit(items, here.below(list.get(i), i, "[" + label + "]"), visits);
      }
    }
    if (schema.get("properties") instanceof Map<?, ?> keys && at.value() instanceof Map<?, ?> map) {
      keys.forEach(
          (key, below) -> {
            if (map.containsKey(key)) {
              String dot = at.path().isEmpty() ? "" : ".";
              visit((Map<?, ?>) below, here.below(map.get(key), key, dot + key), visits);
            }
          });
    }
  }

  private record Visit(Map<?, ?> schema, Object value, List<Object> steps, String path) {
    Visit below(Object inner, Object step, String label) {
      return new Visit(
          schema, inner, Stream.concat(steps.stream(), Stream.of(step)).toList(), path + label);
    }
  }
}
