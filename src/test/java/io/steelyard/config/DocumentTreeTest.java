package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ConfigReader.Reading;
import io.steelyard.config.DocumentTree.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Documents survive being written back: for every document of the tests and the pages, and for
 * trees at random, canonical YAML and JSON read as the same tree and the same records.
 */
class DocumentTreeTest {

  private static final Pattern YAML_BLOCK = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final int RANDOM_TREES = 300;

  private static final String TWO =
      """
      # a comment
      server-groups:
        name: app
        default-port: 8080
        backends: {address: 10.0.0.11, weight: 5}
      listeners:
        - {port: 443, name: web, protocol: tcp, server-group: app, enabled: yes}
        - {port: "${PORT:444}", name: "${NOBODY_SET_THIS:api}", protocol: tcp, server-group: app}
      """;

  static List<Path> files() throws IOException {
    try (Stream<Path> config = Files.walk(Path.of("src/test/resources"))) {
      return config.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  static List<String> pages() throws IOException {
    List<String> documents = new ArrayList<>();
    for (String page : List.of("README.md", "src/docs/configuration.md")) {
      var block = YAML_BLOCK.matcher(Files.readString(Path.of(page)));
      while (block.find()) {
        documents.add(block.group(1));
      }
    }
    return documents;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void canonical_documentOfThePages_readsAlike(String text) throws Exception {
    readsAlike(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("files")
  void canonical_documentOfTheTests_readsAlike(Path file) throws Exception {
    byte[] text = Files.readAllBytes(file);
    if (tree(text).isPresent()) {
      readsAlike(text);
    } else {
      assertThat(read(text).document()).isEmpty();
    }
  }

  private static void readsAlike(byte[] text) throws Exception {
    DocumentTree tree = DocumentTree.parse(text, "f");
    byte[] yaml = tree.toYaml().getBytes(StandardCharsets.UTF_8);
    byte[] json = tree.toJson().getBytes(StandardCharsets.UTF_8);

    assertThat(DocumentTree.parse(yaml, "f")).isEqualTo(tree);
    assertThat(DocumentTree.parse(json, "f")).isEqualTo(tree);
    assertThat(DocumentTree.parse(yaml, "f").toYaml()).isEqualTo(tree.toYaml());
    assertThat(DocumentTree.parse(json, "f").toYaml()).isEqualTo(tree.toYaml());
    for (byte[] again : List.of(yaml, json)) {
      assertThat(read(again).document()).isEqualTo(read(text).document());
      assertThat(found(again)).containsExactlyInAnyOrderElementsOf(found(text));
    }
  }

  @Test
  void canonical_treesAtRandom_readAlike() throws Exception {
    Random random = new Random(4);
    for (int i = 0; i < RANDOM_TREES; i++) {
      DocumentTree tree = DocumentTree.EMPTY;
      for (int key = random.nextInt(4); key >= 0; key--) {
        tree = tree.withValue(text(random), value(random, 4));
      }
      readsAlikeAsTree(tree);
    }
  }

  private static void readsAlikeAsTree(DocumentTree tree) throws Exception {
    byte[] yaml = tree.toYaml().getBytes(StandardCharsets.UTF_8);
    assertThat(DocumentTree.parse(yaml, "f")).as(tree.toYaml()).isEqualTo(tree);
    byte[] json = tree.toJson().getBytes(StandardCharsets.UTF_8);
    assertThat(DocumentTree.parse(json, "f")).as(tree.toJson()).isEqualTo(tree);
  }

  private static Object value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 6 : 4)) {
      case 0 -> random.nextLong(1000);
      case 1 -> random.nextBoolean();
      case 2 -> new BigDecimal("0." + random.nextInt(1000));
      case 3 -> text(random);
      case 4 -> Stream.generate(() -> value(random, depth - 1)).limit(random.nextInt(4)).toList();
      default -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(text(random), value(random, depth - 1));
        }
        yield map;
      }
    };
  }

  /** Characters that mean something to YAML or to terminals, and words that are not text. */
  private static String text(Random random) {
    List<String> pieces =
        List.of(
            "a",
            "1",
            "0",
            ".",
            ":",
            " ",
            "#",
            "-",
            "?",
            "'",
            "\"",
            "\\",
            "\n",
            "\t",
            "\r",
            "é",
            "\u0007",
            "\u0085",
            "\u2028",
            "\ufeff",
            "\ud83d\ude00",
            "\ud83d",
            "{",
            "]",
            ",",
            "&",
            "*",
            "!",
            "|",
            ">",
            "%",
            "@",
            "`",
            "~",
            "<<",
            "true",
            "null",
            "yes",
            "${A:b}",
            "5s",
            "2001:db8::1",
            "0x1f",
            "1e3",
            "12:30:45",
            "2026-01-01",
            "=");
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.toString();
  }

  @Test
  void canonical_yaml_isWrittenAsDocumented() throws Exception {
    assertThat(parse(TWO).toYaml())
        .isEqualTo(
            """
            # Written by Steelyard's admin API. Comments and layout do not survive its edits.
            listeners:
              - name: web
                protocol: tcp
                port: 443
                enabled: "yes"
                server-group: app
              - name: "${NOBODY_SET_THIS:api}"
                protocol: tcp
                port: "${PORT:444}"
                server-group: app
            server-groups:
              - name: app
                default-port: 8080
                backends:
                  - address: 10.0.0.11
                    weight: 5
            """);
  }

  @Test
  void canonical_nothing_isEmpty() throws Exception {
    assertThat(DocumentTree.parse(bytes(DocumentTree.EMPTY.toYaml()), "f"))
        .isEqualTo(DocumentTree.EMPTY);
  }

  @Test
  void canonical_longKey_isRead() throws Exception {
    readsAlikeAsTree(DocumentTree.EMPTY.withValue("\u0085".repeat(255), "x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          443 | Long
          -1 | Long
          0.2 | BigDecimal
          true | Boolean
          "443" | String
          010 | String
          1_000 | String
          1e3 | String
          True | String
          yes | String
          5s | String
          99999999999999999999 | String
          0.12345678901 | String
          """)
  void objects_value_isTypedWhereJsonWritesTheSame(String written, String type) throws Exception {
    Object value = parse("a: " + written).objects().get("a");
    assertThat(value.getClass().getSimpleName()).isEqualTo(type);
    assertThat(value).hasToString(written.replace("\"", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:", "a: ~", "a: null", "{\"a\": null}", "a: NULL"})
  void objects_null_isOneOfAllSpellings(String text) throws Exception {
    assertThat(parse(text).toJson()).isEqualTo("{\"a\":null}");
  }

  @Test
  void parse_aliases_areResolved() throws Exception {
    assertThat(parse("a: &x {b: [1, two]}\nc: *x").toJson())
        .isEqualTo("{\"a\":{\"b\":[1,\"two\"]},\"c\":{\"b\":[1,\"two\"]}}");
  }

  @Test
  void parse_keyTwice_isAProblemWithItsPlace() {
    assertThatThrownBy(() -> parse("a: 1\nb: {c: 1, c: 2}"))
        .isInstanceOf(UnreadableDocumentException.class)
        .hasMessage("f:2:11: b.c: key again (expected: each key once)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[1]", "text", "{a: [}", "{\"a\": 1", "a: 1\n---\nb: 2", "\u0007"})
  void parse_noDocument_hasTheReadersProblems(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            UnreadableDocumentException.class,
            e ->
                assertThat(e.problems())
                    .isEqualTo(read(bytes(text)).problems().all())
                    .isNotEmpty());
  }

  @Test
  void part_byName_isFoundWrittenOrExpanded() throws Exception {
    DocumentTree tree = parse(TWO);
    assertThat(tree.part(Kind.LISTENER, "api").orElseThrow().value("port")).contains("${PORT:444}");
    assertThat(tree.part(Kind.LISTENER, "${NOBODY_SET_THIS:api}")).isPresent();
    assertThat(tree.part(Kind.LISTENER, "none")).isEmpty();
    assertThat(tree.part(Kind.CERTIFICATE, "web")).isEmpty();
    assertThat(tree.parts(Kind.LISTENER)).hasSize(2);
  }

  @Test
  void with_nameThatIsThere_replacesInPlace() throws Exception {
    DocumentTree changed =
        parse(TWO).with(Kind.LISTENER, "web", part(Kind.LISTENER, "{\"port\": 80}"));
    assertThat(names(changed)).containsExactly("web", "${NOBODY_SET_THIS:api}");
    assertThat(changed.part(Kind.LISTENER, "web").orElseThrow().toJson())
        .isEqualTo("{\"name\":\"web\",\"port\":80}");
  }

  @Test
  void with_partParsedAsADocument_takesTheFormOfItsPlace() throws Exception {
    DocumentTree part = parse("{sni-routes: {server-group: app, sni: a.b}, port: 1}");
    assertThat(parse(TWO).with(Kind.LISTENER, "web", part).part(Kind.LISTENER, "web").orElseThrow())
        .hasToString(
            "{\"name\":\"web\",\"port\":1,"
                + "\"sni-routes\":[{\"sni\":[\"a.b\"],\"server-group\":\"app\"}]}");
  }

  @Test
  void with_otherName_renames() throws Exception {
    DocumentTree changed = parse(TWO).with(Kind.LISTENER, "web", part(Kind.LISTENER, "name: shop"));
    assertThat(names(changed)).containsExactly("shop", "${NOBODY_SET_THIS:api}");
  }

  @Test
  void with_nameThatIsNotThere_appends() throws Exception {
    DocumentTree changed = parse(TWO).with(Kind.LISTENER, "new", part(Kind.LISTENER, "port: 1"));
    assertThat(names(changed)).endsWith("new").hasSize(3);
    assertThat(parse("{}").with(Kind.IP_GROUP, "a", part(Kind.IP_GROUP, "file: b")).toJson())
        .isEqualTo("{\"ip-groups\":[{\"name\":\"a\",\"file\":\"b\"}]}");
  }

  @Test
  void without_name_removesThatOne() throws Exception {
    DocumentTree tree = parse(TWO);
    assertThat(names(tree.without(Kind.LISTENER, "web"))).hasSize(1);
    assertThat(tree.without(Kind.LISTENER, "none")).isSameAs(tree);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.11", "10.0.0.11:8080"})
  void backend_anySpelling_isTheSame(String address) throws Exception {
    DocumentTree tree = parse(TWO);
    assertThat(tree.backend("app", address).flatMap(one -> one.value("weight"))).contains("5");
    DocumentTree changed =
        tree.withBackend("app", address, DocumentTree.parseBackend(bytes("weight: 9"), "f"));
    assertThat(changed.backends("app")).hasSize(1);
    assertThat(changed.backend("app", address).flatMap(one -> one.value("weight"))).contains("9");
    assertThat(tree.withoutBackend("app", address).backends("app")).isEmpty();
  }

  @Test
  void withBackend_otherAddress_appends() throws Exception {
    DocumentTree backend = DocumentTree.parseBackend(bytes("{\"weight\": 1}"), "f");
    DocumentTree changed = parse(TWO).withBackend("app", "[2001:db8::1]:80", backend);
    assertThat(changed.backends("app")).hasSize(2);
    assertThat(changed.backend("app", "[2001:DB8:0::1]:80")).isPresent();
    assertThat(changed.backend("app", "[2001:db8::1]:81")).isEmpty();
    assertThatThrownBy(() -> parse(TWO).withBackend("none", "10.0.0.1:1", backend))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void withValue_key_isTheOnlyChange() throws Exception {
    DocumentTree tree = part(Kind.LISTENER, "{port: 1, name: a}").withValue("port", 2);
    assertThat(tree).isEqualTo(part(Kind.LISTENER, "{name: a, port: 2}"));
    assertThat(tree.toJson()).isEqualTo("{\"name\":\"a\",\"port\":2}");
  }

  private static List<String> names(DocumentTree tree) {
    return tree.parts(Kind.LISTENER).stream()
        .map(part -> part.value("name").orElseThrow())
        .toList();
  }

  private static DocumentTree parse(String text) throws UnreadableDocumentException {
    return DocumentTree.parse(bytes(text), "f");
  }

  private static DocumentTree part(Kind kind, String text) throws UnreadableDocumentException {
    return DocumentTree.parsePart(kind, bytes(text), "f");
  }

  private static Optional<DocumentTree> tree(byte[] text) {
    try {
      return Optional.of(DocumentTree.parse(text, "f"));
    } catch (UnreadableDocumentException noTree) {
      return Optional.empty();
    }
  }

  private static Reading read(byte[] text) {
    return ConfigReader.read(text, "f", Documents.DIRECTORY, Documents.ENVIRONMENT::get);
  }

  /** Problems without their places, which move. */
  private static List<String> found(byte[] text) {
    return read(text).problems().all().stream()
        .map(problem -> problem.path() + ": " + problem.found())
        .toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
