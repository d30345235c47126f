package io.steelyard.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.PlainObjects;
import io.steelyard.control.ChangePlan.BackendChange;
import io.steelyard.control.ChangePlan.Change;
import io.steelyard.control.ChangePlan.GroupChange;
import io.steelyard.control.ChangePlan.KeyChange;
import io.steelyard.control.ChangePlan.ListenerChange;
import io.steelyard.control.ChangePlan.ListenerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** What changes between two documents, and what is said about open flows. */
class ChangePlanTest {

  private static final Path FULL = Path.of("src/test/resources/config/full.yaml");

  private static final String WEB =
      """
      listeners:
        - {name: web, protocol: tcp, port: 443, server-group: app}
      """;
  private static final String GROUPS =
      """
      server-groups:
        - name: app
          backends:
            - {address: "10.0.0.1:80"}
            - {address: "10.0.0.2:80"}
        - {name: slow, drain-timeout: 1h, drain-spread: 0, backends: {address: "10.0.0.9:80"}}
      """;

  @Test
  void between_sameDocument_isEmpty() throws IOException {
    BalancerDocument full = read(Files.readString(FULL));
    ChangePlan plan = ChangePlan.between(Optional.of(full), read(Files.readString(FULL)));
    assertThat(plan.isEmpty()).isTrue();
    assertThat(plan.lines()).isEmpty();
    assertThat(plan.listeners())
        .extracting(ListenerChange::kind)
        .containsOnly(ListenerKind.UNCHANGED);
    assertThat(plan.objects()).containsEntry("empty", true);
  }

  @Test
  void between_nothingAndADocument_addsAll() {
    ChangePlan plan = ChangePlan.between(Optional.empty(), read(WEB + GROUPS));
    assertThat(plan.isEmpty()).isFalse();
    assertThat(plan.lines())
        .containsExactly(
            "listener web added: none yet; binds [::]:443",
            "server-group app added: none yet",
            "  2 backends",
            "server-group slow added: none yet",
            "  1 backend");
  }

  static Stream<List<Object>> pathsOfTheFullDocument() throws IOException {
    List<List<Object>> optional = new ArrayList<>();
    for (List<Object> path : paths(load(), List.of())) {
      // Not those that are required, or that others need.
      if (without(path).isPresent()) {
        optional.add(path);
      }
    }
    assertThat(optional).hasSizeGreaterThan(60);
    return optional.stream();
  }

  private static Optional<BalancerDocument> without(List<Object> path) throws IOException {
    Object changed = load();
    remove(changed, path);
    return tryRead(new Yaml().dump(changed));
  }

  /** So that no key is ever changed unseen: the full document has them all. */
  @ParameterizedTest
  @MethodSource("pathsOfTheFullDocument")
  void between_anyKeyRemoved_isSeen(List<Object> path) throws IOException {
    BalancerDocument full = read(Files.readString(FULL));
    Optional<BalancerDocument> next = without(path);
    ChangePlan plan = ChangePlan.between(Optional.of(full), next.get());
    assertThat(plan.isEmpty()).isEqualTo(next.get().equals(full));
    assertThat(plan.lines().isEmpty()).isEqualTo(plan.isEmpty());
    ChangePlan back = ChangePlan.between(next, full);
    assertThat(back.isEmpty()).isEqualTo(plan.isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          port: 443, idle-timeout: 60s | RETUNED | same socket; open flows keep their settings; new flows use the new ones
          port: 443, idle-timeout: 900 | UNCHANGED | untouched
          port: 443, enabled: false | DISABLED | stops accepting; [::]:443 is freed; open flows drain within 300s, closing spread over the last 60s
          port: 444 | REBOUND | must rebind: [::]:443 → [::]:444; open flows stay and keep their settings; [::]:443 is freed
          port: 443, address: 0.0.0.0 | REBOUND | must rebind: [::]:443 → 0.0.0.0:443; open flows stay and keep their settings; [::]:443 is freed
          """)
  void between_listenerChanged_saysWhatHappens(String keys, String kind, String openFlows) {
    String next = WEB.replace("port: 443", keys) + GROUPS;
    ChangePlan plan = plan(WEB + GROUPS, next);
    assertThat(plan.listeners()).hasSize(1);
    assertThat(plan.listeners().getFirst().kind()).isEqualTo(ListenerKind.valueOf(kind));
    assertThat(plan.listeners().getFirst().openFlows()).isEqualTo(openFlows);
    assertThat(plan.isEmpty()).isEqualTo(kind.equals("UNCHANGED"));
  }

  @Test
  void between_listenerEnabled_binds() {
    String disabled = WEB.replace("port: 443", "port: 443, enabled: false") + GROUPS;
    assertThat(plan(disabled, WEB + GROUPS).lines())
        .containsExactly(
            "listener web enabled: none yet; binds [::]:443", "  enabled: false → true");
    assertThat(plan(disabled, disabled.replace("443", "444")).lines())
        .containsExactly("listener web retuned: none: it is not enabled", "  port: 443 → 444");
  }

  @Test
  void between_listenerRenamed_keepsThePortOpen() {
    ChangePlan plan = plan(WEB + GROUPS, WEB.replace("web", "shop") + GROUPS);
    assertThat(plan.lines())
        .containsExactly(
            "listener shop added: none yet; listens on [::]:443, whose socket it takes over from"
                + " listener web without a gap",
            "listener web removed: stops accepting; [::]:443 stays open: listener shop takes its"
                + " socket over without a gap; open flows drain within 300s, closing spread over"
                + " the last 60s");
  }

  @Test
  void between_portsSwapped_handsBothOver() {
    String two = WEB + "  - {name: api, protocol: tcp, port: 444, server-group: app}\n" + GROUPS;
    String swapped = two.replace("443", "x").replace("444", "443").replace("x", "444");
    assertThat(plan(two, swapped).listeners())
        .allMatch(one -> one.kind() == ListenerKind.REBOUND)
        .extracting(ListenerChange::openFlows)
        .contains(
            "must rebind: [::]:443 → [::]:444, whose socket it takes over from listener api"
                + " without a gap; open flows stay and keep their settings; [::]:443 stays open:"
                + " listener api takes its socket over without a gap");
  }

  @Test
  void between_routedListenerRemoved_namesTheTimesOfEachGroup() {
    String routed =
        """
        listeners:
          - name: raw
            protocol: tcp
            port: 443
            server-group: app
            sni-routes: {sni: a.example, server-group: slow}
        """;
    assertThat(plan(routed + GROUPS, GROUPS).listeners().getFirst().openFlows())
        .isEqualTo(
            "stops accepting; [::]:443 is freed; open flows: those to app drain within 300s,"
                + " closing spread over the last 60s; those to slow drain within 3600s, what is"
                + " left closed at the end");
  }

  @Test
  void between_backends_areComparedByAddress() {
    String next =
        WEB
            + """
            server-groups:
              - name: app
                drain-timeout: 0
                backends:
                  - {address: "10.0.0.2:80", weight: 5, max-connections: 9}
                  - {address: "10.0.0.3:80"}
              - {name: slow, drain-timeout: 1h, drain-spread: 0, backends: {address: "10.0.0.9:80", state: drain}}
            """;
    ChangePlan plan = plan(WEB + GROUPS, next);
    assertThat(plan.lines())
        .containsExactly(
            "server-group app changed: open flows keep their backend and settings; new flows use"
                + " the new ones",
            "  drain-timeout: 300s → 0s",
            "  backend 10.0.0.2:80 changed: open flows stay; new flows by the new settings",
            "    weight: 100 → 5",
            "    max-connections: 0 → 9",
            "  backend 10.0.0.3:80 added: none yet; new flows once it is up",
            "  backend 10.0.0.1:80 removed: no new flows at once; open flows are closed at once",
            "server-group slow changed: as each backend says; all others untouched",
            "  backend 10.0.0.9:80 changed: no new flows at once; open flows drain within 3600s,"
                + " what is left closed at the end",
            "    state: ready → drain");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          weight: 0 | no new flows at once; open flows stay
          state: maintenance | no new flows at once and no probes; open flows drain within 3600s, what is left closed at the end
          state: drain | no new flows at once; open flows drain within 3600s, what is left closed at the end
          """)
  void between_backendTakenOut_saysWhatHappens(String keys, String openFlows) {
    String out = GROUPS.replace("\"10.0.0.9:80\"", "\"10.0.0.9:80\", " + keys);
    assertThat(slow(WEB + GROUPS, WEB + out).openFlows()).isEqualTo(openFlows);
    assertThat(slow(WEB + out, WEB + GROUPS).openFlows())
        .isEqualTo(
            keys.startsWith("weight")
                ? "open flows stay; new flows by the new settings"
                : "takes new flows again; open flows stay");
  }

  private static BackendChange slow(String old, String next) {
    return plan(old, next).serverGroups().getLast().backends().getFirst();
  }

  @Test
  void between_groupRemoved_drainsByItsOldTimes() {
    String one = GROUPS.substring(0, GROUPS.indexOf("  - {name: slow"));
    assertThat(plan(WEB + GROUPS, WEB + one).lines())
        .containsExactly(
            "server-group slow removed: its backends get no new flows at once; open flows drain"
                + " within 3600s, what is left closed at the end",
            "  1 backend");
  }

  @Test
  void between_certificatesAndIpGroups_areCompared() {
    String old =
        "certificates: [{name: a, certificate: x, key: k}, {name: b, pkcs12: p}]\n"
            + "ip-groups: {name: office, addresses: [192.0.2.1, 192.0.2.2]}\n";
    String next =
        "certificates: [{name: a, certificate: y, key: k}, {name: c, pkcs12: p}]\n"
            + "ip-groups: {name: office, addresses: [192.0.2.1, 192.0.2.3]}\n";
    assertThat(plan(WEB + GROUPS + old, WEB + GROUPS + next).lines())
        .containsExactly(
            "certificate a changed: new handshakes use it; open flows keep what they were opened"
                + " with",
            "  certificate: /etc/steelyard/x → /etc/steelyard/y",
            "certificate c added: untouched",
            "certificate b removed: open flows keep what they were opened with",
            "ip-group office changed: new flows are judged by it; open flows stay",
            "  addresses: 192.0.2.1, 192.0.2.2 → 192.0.2.1, 192.0.2.3");
  }

  @Test
  void between_longLists_saysWhatComesAndGoes() {
    ChangePlan plan = plan(WEB + GROUPS + addresses(1, 100), WEB + GROUPS + addresses(2, 102));
    assertThat(plan.ipGroups().getFirst().keys())
        .containsExactly(
            new KeyChange(
                "addresses",
                Optional.of("99 entries (10.9.0.1 goes)"),
                Optional.of("100 entries (10.9.0.100, 10.9.0.101 comes)")));
  }

  private static String addresses(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> "10.9.0." + i)
        .collect(Collectors.joining(", ", "ip-groups: {name: office, addresses: [", "]}\n"));
  }

  @Test
  void between_tenThousandBackends_areAllTold() {
    ChangePlan plan = plan(WEB + backends(0, 10_000), WEB + backends(5_000, 10_001));
    GroupChange group = plan.serverGroups().getFirst();
    assertThat(group.backends()).hasSize(5001);
    assertThat(group.backends()).filteredOn(one -> one.change() == Change.ADDED).hasSize(1);
    assertThat(plan.lines()).hasSize(22).endsWith("  and 4981 backends more");
  }

  private static String backends(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> "{address: \"10.1.%d.%d:80\"}".formatted(i / 256, i % 256))
        .collect(Collectors.joining(", ", "server-groups: {name: app, backends: [", "]}\n"));
  }

  @Test
  void objects_plan_isJson() {
    String json =
        PlainObjects.json(
            plan(WEB + GROUPS, WEB.replace("443", "443, idle-timeout: 1s") + GROUPS).objects());
    assertThat(json)
        .startsWith(
            "{\"empty\":false,\"listeners\":[{\"name\":\"web\",\"change\":\"retuned\","
                + "\"open-flows\":\"same socket; open flows keep their settings; new flows use"
                + " the new ones\",\"keys\":[{\"path\":\"idle-timeout\",\"from\":\"900s\","
                + "\"to\":\"1s\"}]}],\"server-groups\":[{\"name\":\"app\",\"change\":\"unchanged\",");
  }

  private static ChangePlan plan(String old, String next) {
    return ChangePlan.between(Optional.of(read(old)), read(next));
  }

  private static BalancerDocument read(String text) {
    return tryRead(text).orElseThrow();
  }

  private static Optional<BalancerDocument> tryRead(String text) {
    return ConfigReader.read(text, "f", Path.of("/etc/steelyard"), name -> null).document();
  }

  private static Object load() throws IOException {
    return new Yaml().load(Files.readString(FULL));
  }

  private static List<List<Object>> paths(Object node, List<Object> path) {
    List<List<Object>> paths = new ArrayList<>();
    if (!path.isEmpty()) {
      paths.add(path);
    }
    if (node instanceof Map<?, ?> map) {
      map.forEach((key, value) -> paths.addAll(paths(value, with(path, key))));
    } else if (node instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        paths.addAll(paths(list.get(i), with(path, i)));
      }
    }
    return paths;
  }

  private static List<Object> with(List<Object> path, Object step) {
    return Stream.concat(path.stream(), Stream.of(step)).toList();
  }

  private static void remove(Object root, List<Object> path) {
    Object node = root;
    for (Object step : path.subList(0, path.size() - 1)) {
      node = node instanceof List<?> list ? list.get((int) step) : ((Map<?, ?>) node).get(step);
    }
    if (node instanceof List<?> list) {
      list.remove((int) path.getLast());
    } else {
      ((LinkedHashMap<?, ?>) node).remove(path.getLast());
    }
  }
}
