package io.steelyard.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.Backend;
import io.steelyard.backend.Lease;
import io.steelyard.backend.LeaseRequest;
import io.steelyard.backend.ProbeHealth;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.PlainObjects;
import io.steelyard.control.Explanation.Step;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way of a client through a document, and each place where it may end. */
class ExplanationTest {

  private static final String DOCUMENT =
      """
      listeners:
        - name: web
          protocol: tcpssl
          port: 443
          server-group: app
          max-connections: 1000
          access: {mode: allow, ip-groups: office}
          tls:
            certificates: [rsa, ecdsa]
            unknown-sni: reject
            alpn: http2-preferred
            client-auth: {mode: optional, ca: ca.crt}
        - name: raw
          protocol: tcp
          port: 8443
          sni-routes:
            - {sni: "*.tenant.example", alpn: mqtt, server-group: hashed}
            - {sni: a.tenant.example, server-group: app}
        - {name: v4, protocol: tcp, address: 192.0.2.1, port: 80, server-group: app}
        - {name: v6, protocol: tcp, address: "2001:db8::1", port: 80, server-group: app}
        - {name: off, protocol: tcp, port: 81, server-group: app, enabled: false}
      ip-groups: {name: office, addresses: [192.0.2.0/24]}
      certificates:
        - {name: rsa, certificate: rsa.crt, key: rsa.key}
        - {name: ecdsa, certificate: ecdsa.crt, key: ecdsa.key}
      server-groups:
        - name: app
          queue: {size: 5}
          backends:
            - {address: "10.0.0.1:80", weight: 10, max-connections: 1}
            - {address: "10.0.0.2:80", weight: 0}
        - {name: hashed, scheduler: source-ip-hash, backends: {address: "10.0.0.3:80"}}
      """;

  @TempDir private Path directory;
  private LoadedDocument loaded;
  private final Map<String, ServerGroup> groups = new HashMap<>();

  @BeforeEach
  void load() throws IOException {
    TestCertificates.Authority authority = TestCertificates.authority("ca");
    authority.issueRsa("rsa", "www.example", "old.example").writePem(directory, "rsa");
    authority.issueEc("ecdsa", "www.example").writePem(directory, "ecdsa");
    Files.writeString(directory.resolve("ca.crt"), authority.pem());
    ConfigReader.Reading reading = ConfigReader.read(DOCUMENT, "f", directory, name -> null);
    loaded =
        reading
            .document()
            .flatMap(
                document ->
                    LoadedDocument.load(
                        document, TlsEngine.BORINGSSL, Optional.empty(), reading.problems()))
            .orElseThrow(() -> new AssertionError(reading.problems().all()));
    loaded.document().serverGroups().forEach(one -> groups.put(one.name(), new ServerGroup(one)));
  }

  @AfterEach
  void release() {
    loaded.release();
  }

  @Test
  void explain_wholeWay_tellsEachStep() {
    Explanation way = explain("443 www.example h2,http/1.1 192.0.2.7");
    assertThat(way.steps())
        .containsExactly(
            new Step("listener", "web", "listens on [::]:443"),
            new Step("access", "admitted", "192.0.2.7 is in office"),
            new Step("limits", "apply", "at most 1000 flows at once"),
            new Step("policy", "intermediate", "TLSv1.3 with a client that can"),
            new Step("certificate", "ecdsa (ECDSA)", "name www.example"),
            new Step("alpn", "h2", "the listener's first of h2, http/1.1"),
            new Step(
                "client certificate", "optional", "verified by " + directory.resolve("ca.crt")),
            new Step("server-group", "app", "the listener's"),
            new Step(
                "backend",
                "10.0.0.1:80",
                "weighted-round-robin gives it next; starting, weight 10, 0 flows; none is up yet"));
    assertThat(way.outcome())
        .isEqualTo(
            "goes to backend 10.0.0.1:80 of server group app; connect within 5s, 3 retries on"
                + " others");
    assertThat(way.lines()).hasSize(10).startsWith("listener            web (listens on [::]:443)");
    assertThat(PlainObjects.json(way.objects()))
        .startsWith("{\"outcome\":\"goes to backend")
        .contains("{\"step\":\"server-group\",\"decision\":\"app\",\"why\":\"the listener's\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          443 old.example - 192.0.2.7 | certificate | rsa (RSA) | name old.example
          443 OLD.example. - 192.0.2.7 | certificate | rsa (RSA) | name old.example
          443 - - - | access | depends on the client's address | only those of office
          443 - - - | certificate | rsa (RSA) | default certificate
          443 - - - | alpn | none | the client offers none
          443 192.0.2.1 - - | server name | none | 192.0.2.1 is no host name
          8443 a.tenant.example - - | server-group | app | route of a.tenant.example
          8443 b.tenant.example mqtt 192.0.2.9 | server-group | hashed | route of *.tenant.example
          8443 b.tenant.example mqtt - | backend | depends on the client's address | source-ip-hash
          80 - - - | listener | v4 | the first of 2 on port 80, on 192.0.2.1; the address decides
          80 - - - 2001:db8::1 | listener | v6 | listens on [2001:db8::1]:80
          443 - - - 198.51.100.1 | listener | web | listens on [::]:443
          """)
  void explain_step_isDecidedAsOnTheDataPath(
      String client, String name, String decision, String why) {
    assertThat(explain(client).steps()).contains(new Step(name, decision, why));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          444 - - - | refused: nothing listens there | no listener has port 444
          81 - - - | refused: nothing listens there | listener off is not enabled
          80 - - - 192.0.2.2 | refused: nothing listens there | none listens on that address
          443 - - 198.51.100.1 | refused: the access list, told by reset | 198.51.100.1 is not in office
          443 no.example - - | refused: the handshake fails | unknown name
          443 www.example mqtt - | refused: the handshake fails | no shared ALPN protocol
          8443 b.tenant.example - - | refused: no route matches, and the listener has no server group | no route matches; the listener's
          """)
  void explain_refused_endsThere(String client, String outcome, String why) {
    Explanation way = explain(client);
    assertThat(way.outcome()).isEqualTo(outcome);
    assertThat(way.steps().getLast().why()).isEqualTo(why);
  }

  @Test
  void explain_running_followsHealthAndCounts() {
    ServerGroup app = groups.get("app");
    Backend first = app.backends().getFirst();
    health(app, first, ProbeHealth.Verdict.UP);
    assertThat(last("8443 a.tenant.example - -").why())
        .isEqualTo("weighted-round-robin gives it next; up, weight 10, 0 flows");

    Lease lease = (Lease) app.lease(new LeaseRequest(InetAddress.getLoopbackAddress(), Set.of()));
    assertThat(last("8443 a.tenant.example - -").why())
        .isEqualTo("every usable backend is at its max-connections; 0 flows wait, of 5");
    lease.release();

    health(app, first, ProbeHealth.Verdict.DOWN);
    assertThat(last("8443 a.tenant.example - -"))
        .isEqualTo(new Step("backend", "none now", "all backends are down"));
    assertThat(explain("8443 a.tenant.example - -").outcome())
        .isEqualTo("waits or is refused: server group app has none to give now");
    assertThat(first.connectionsTotal()).isEqualTo(1);
  }

  private Step last(String client) {
    return explain(client).steps().getLast();
  }

  private static void health(ServerGroup group, Backend backend, ProbeHealth.Verdict verdict) {
    group.health(backend, new ProbeHealth(verdict, "ok", "as told", Instant.EPOCH, List.of()));
  }

  /** Port, SNI, ALPN, source and perhaps address; {@code -} for none. */
  private Explanation explain(String client) {
    List<Optional<String>> words =
        List.of((client + " -").split(" ")).stream()
            .map(word -> Optional.of(word).filter(given -> !given.equals("-")))
            .toList();
    return Explanation.of(
        loaded,
        groups::get,
        new ExplainRequest(
            words.get(1),
            Integer.parseInt(words.get(0).orElseThrow()),
            words.get(2).map(list -> List.of(list.split(","))).orElseGet(List::of),
            words.get(3).map(InetAddress::ofLiteral),
            words.get(4).map(InetAddress::ofLiteral)));
  }
}
