package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ConfigReader.Reading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text itself: YAML and JSON, environment, places, files, and text that means harm. */
class ConfigReaderTest {

  private static final String JSON =
      """
      {"listeners": [{"name": "web", "protocol": "tcp", "port": 443, "enabled": false,
        "server-group": "app"}],
       "server-groups": [{"name": "app", "backends": [{"address": "10.0.0.11:8080"}]}]}
      """;

  @TempDir Path directory;

  @Test
  void read_json_isReadLikeYaml() {
    BalancerDocument document = Documents.valid(JSON);
    assertThat(document).isEqualTo(Documents.valid(Documents.tcp("enabled: false")));
  }

  @Test
  void read_jsonAsToolsWriteIt_isReadLikeYaml() {
    String text =
        JSON.replace(", ", ",")
            .replace("\n", "\r\n\t")
            .replace("\"web\"", "\"w\\u0065b\"")
            .replace("\"listeners\":", "\"listeners\"\n:");
    assertThat(Documents.valid(text)).isEqualTo(Documents.valid(JSON));
    assertThat(Documents.valid(JSON.replace("app", "a\\/b")).serverGroups().getFirst().name())
        .isEqualTo("a/b");
  }

  @Test
  void read_problemInJson_namesThePlace() {
    assertThat(lines("{\n\t\"listeners\": [\n\t\t{\"name\": \"a\\/b\", \"prot\": 1.50}]}"))
        .contains(
            "f:3:3: listeners[a/b].protocol: missing (expected: tcp or tcpssl)",
            "f:3:20: listeners[a/b].prot: unknown key (expected: port)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a": "\\/", "b": hunter2 x: 1} | 1:18: document: text that is not JSON (expected: JSON)
          {"a": "\\/" | 1:11: document: text that is not JSON (expected: JSON)
          {"a": "\\/"} {} | 1:13: document: a second document (expected: one document)
          {"a": b, c: "x | 1:15: document: while scanning a quoted scalar, found unexpected end of stream (expected: YAML or JSON)
          """)
  void read_brokenJson_isBlamedWhereTheBetterReaderStopped(String text, String problem) {
    assertThat(lines(text)).containsExactly("f:" + problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\": [", "{\"a\": {\"b\": "})
  void read_deepJson_isGivenUp(String opening) {
    assertThat(lines(opening.repeat(20_000))).hasSize(1);
  }

  @Test
  void read_jsonOfTooManyValues_isGivenUp() {
    assertThat(lines("{\"a\": [" + "1,".repeat(500_000) + "1]}"))
        .singleElement()
        .asString()
        .contains("more than 500000 values");
  }

  @Test
  void read_byteOrderMark_isSkipped() {
    assertThat(Documents.problems("\ufeff" + JSON)).isEmpty();
  }

  @Test
  void read_variables_areExpandedInValues() {
    String text =
        """
        listeners:
          - {name: web, protocol: tcp, port: "${PORT}", server-group: "${GROUP:app}"}
        server-groups:
          - {name: app, backends: {address: "${HOST}:${NONE:80}${EMPTY}"}}
        """;
    BalancerDocument document = Documents.valid(text);
    assertThat(document.listeners().getFirst().port()).isEqualTo(8443);
    assertThat(document.serverGroups().getFirst().backends().getFirst().address())
        .isEqualTo("10.0.0.9:80");
  }

  @Test
  void read_variableWithSecretInWrongPlace_isNeverShown() {
    assertThat(Documents.problems(Documents.tcp("idle-timeout: \"${SECRET}\", \"${SECRET}\": 1")))
        .containsExactly(
            "listeners[web].idle-timeout: ${SECRET} (expected: 1s..86400s)",
            "listeners[web].${SECRET}: unknown key (expected: name, description, tags, protocol,"
                + " address, port, enabled, server-group, idle-timeout, handshake-timeout,"
                + " half-close-timeout, max-connections, max-new-connections-per-second, on-limit,"
                + " access, tls, sni-routes or proxy-protocol)");
  }

  @Test
  void read_privateKeyInPlaceOfItsFile_isNeverShown() {
    String text =
        "certificates: {name: web, certificate: a, key: '-----BEGIN PRIVATE KEY-----hunter2'}";
    assertThat(ConfigReader.read(text, "f", directory, name -> null).problems().all())
        .noneMatch(problem -> problem.text().contains("hunter2"));
  }

  @Test
  void read_aliases_standForTheirTarget() {
    String text =
        """
        listeners:
          - {name: web, protocol: tcp, port: 443, server-group: app, tags: &tags {team: edge}}
          - {name: api, protocol: tcp, port: 444, server-group: app, tags: *tags}
        """
            + Documents.GROUP;
    assertThat(Documents.valid(text).listeners().getLast().tags()).containsEntry("team", "edge");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "# nothing\n", "---\n", "~", "null", "--- \n...\n"})
  void read_nothing_isAProblem(String text) {
    assertThat(Documents.problems(text))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("document: nothing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text | 1:1: document: no keys and values (expected: a balancer document with listeners and server-groups)
          [1, 2] | 1:1: document: no keys and values (expected: a balancer document with listeners and server-groups)
          a: !!java.net.URL ["x"] | 1:4: document: a tag (expected: a value without a tag)
          a: !x b | 1:4: document: a tag (expected: a value without a tag)
          a: &a [*a] | 1:8: document: alias of an unknown anchor (expected: an anchor that is complete further up)
          a: *b | 1:4: document: alias of an unknown anchor (expected: an anchor that is complete further up)
          ? [a] : b | 1:3: document: a key that is not plain text (expected: a word)
          {a: "b | 1:7: document: while scanning a quoted scalar, found unexpected end of stream (expected: YAML or JSON)
          """)
  void read_notADocument_namesThePlace(String text, String problem) {
    assertThat(lines(text)).containsExactly("f:" + problem);
  }

  @Test
  void read_twoDocuments_isAProblem() {
    assertThat(lines("a: 1\n---\nb: 2\n"))
        .containsExactly("f:2:1: document: a second document (expected: one document)");
  }

  @Test
  void read_controlCharacter_namesThePlace() {
    assertThat(lines("# \ud83d\ude00\na: \u0007"))
        .containsExactly("f:2:4: document: character U+0007 (expected: printable characters)");
  }

  @Test
  void read_aliasesOfAliases_areGivenUp() {
    StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String aliases = String.join(", ", Collections.nCopies(10, "*a" + (i - 1)));
      text.append("a%d: &a%d [%s]\n".formatted(i, i, aliases));
    }
    assertThat(lines(text.toString()))
        .singleElement()
        .asString()
        .contains("more than 500000 values, aliases counted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "- ", "{a: ", "? "})
  void read_deepNesting_isGivenUp(String opening) {
    assertThat(lines(opening.repeat(100_000))).hasSize(1);
  }

  @Test
  void read_tooLong_isGivenUp() {
    assertThat(lines(" ".repeat(ConfigReader.MAX_CHARACTERS + 1)))
        .containsExactly(
            "f:1:1: document: more than 8388608 characters (expected: a smaller document)");
  }

  @Test
  void read_thousandsOfProblems_areCutShort() {
    String keys =
        IntStream.range(0, 5000).mapToObj(i -> "k" + i + ": 1\n").collect(Collectors.joining());
    assertThat(lines(keys))
        .hasSize(1001)
        .last()
        .isEqualTo(
            "f: document: more than 1000 problems (expected: the rest shows once these are gone)");
  }

  @Test
  void readFile_document_isRelativeToItsDirectory() throws Exception {
    Path file = directory.resolve("steelyard.yaml");
    Files.writeString(file, Documents.tls("alpn: none"));
    Reading reading = ConfigReader.readFile(file);
    assertThat(reading.document().orElseThrow().certificates().getFirst().source())
        .isInstanceOfSatisfying(
            CertificateConfig.Source.Pem.class,
            pem -> assertThat(pem.key()).isEqualTo(directory.resolve("web.key")));
  }

  @Test
  void readFile_notUtf8_namesThePlace() throws Exception {
    Path file = directory.resolve("latin1.yaml");
    Files.write(file, "a: b\n# caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(ConfigReader.readFile(file).problems().all())
        .extracting(Problem::text)
        .containsExactly(file + ":2:6: document: byte 0xe9 (expected: UTF-8)");
  }

  @Test
  void readFile_endsInsideACharacter_isAProblem() throws Exception {
    Path file = directory.resolve("cut.yaml");
    Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xc3});
    assertThat(ConfigReader.readFile(file).problems().all())
        .extracting(Problem::text)
        .containsExactly(file + ":1:4: document: byte 0xc3 (expected: UTF-8)");
  }

  @Test
  void readFile_missing_saysSo() {
    Path file = directory.resolve("none.yaml");
    assertThatThrownBy(() -> ConfigReader.readFile(file))
        .isInstanceOf(UnreadableDocumentException.class)
        .hasMessage(file + ": no such file");
  }

  @Test
  void readFile_directory_saysSo() {
    assertThatThrownBy(() -> ConfigReader.readFile(directory))
        .isInstanceOf(UnreadableDocumentException.class)
        .hasMessage(directory + ": is a directory");
  }

  @Test
  void places_anyPath_areOfTheNearestThatIsWritten() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/config/full.yaml"));
    Problems problems = Documents.read(text).problems();
    problems.error("listeners[web].tls.policy", "", "");
    problems.error("listeners[web].tls.policy.ciphers[0]", "", "");
    problems.error("listeners[web].tls.client-auth.ca", "", "");
    problems.error("listeners[1].sni-routes[1].sni[1]", "", "");
    problems.error("listeners[web].tls.nothing.of.the[5].kind", "", "");
    problems.error("certificates[partner].pkcs12", "", "");
    problems.error("certificates[absent].pkcs12", "", "");
    problems.error("server-groups[fallback].backends[0].address", "", "");
    problems.error("elsewhere", "", "");
    assertThat(problems.all())
        .extracting(problem -> problem.line() + ":" + problem.column())
        .containsExactly(
            "20:15", "20:56", "25:13", "44:27", "19:5", "49:29", "47:1", "84:25", "1:1");
  }

  private static List<String> lines(String text) {
    return ProblemFormat.lines(
        ConfigReader.read(text, "f", Documents.DIRECTORY, name -> null).problems());
  }
}
