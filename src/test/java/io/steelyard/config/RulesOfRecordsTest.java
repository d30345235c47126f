package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each key of each record, once outside its range or form, and once at its edges. */
class RulesOfRecordsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          description: "a\\nb" | description: text of several lines, not shown (expected: 0..255 characters)
          description: "\\e[2J" | description: \\u001b[2J (expected: 0..255 characters)
          tags: {"": x} | tags.: an empty key (expected: 1..64 characters)
          enabled: 1 | enabled: 1 (expected: true or false)
          address: "fe80::1%eth0" | address: fe80::1%eth0 (expected: an IP address of a host, such as 192.0.2.1 or 2001:db8::1)
          idle-timeout: 86401 | idle-timeout: 86401 (expected: 1s..86400s)
          half-close-timeout: 0 | half-close-timeout: 0 (expected: 1s..3600s)
          max-connections: 1000001 | max-connections: 1000001 (expected: 0..1000000)
          max-connections: 010 | max-connections: 010 (expected: 0..1000000)
          max-new-connections-per-second: 1000001 | max-new-connections-per-second: 1000001 (expected: 0..1000000)
          max-new-connections-per-second: {burst: 1} | max-new-connections-per-second.rate: missing (expected: 0..1000000)
          on-limit: RESET | on-limit: RESET (expected: reset or close)
          access: {ip-groups: []} | access.mode: missing (expected: allow or deny)
          per-source: off | per-source: per-source is not available yet (expected: max-connections or max-new-connections-per-second)
          """)
  void listener_ruleBroken_isAProblem(String keys, String problem) {
    assertThat(Documents.problems(Documents.tcp(keys))).contains("listeners[web]." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          idle-timeout: 1s
          idle-timeout: 1d
          half-close-timeout: 3600
          max-connections: 1000000
          max-new-connections-per-second: 0
          max-new-connections-per-second: {rate: 1}
          max-connection-age: 0s
          proxy-protocol: {accept: off}
          enabled: no
          address: 0.0.0.0
          """)
  void listener_valueAtTheEdge_isAccepted(String keys) {
    assertThat(Documents.problems(Documents.tcp(keys))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          policy: "" | policy: empty text (expected: 1..255 characters)
          policy: {versions: [], ciphers: x} | policy.versions: an empty list (expected: at least one: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3)
          allow-legacy-tls: 2 | allow-legacy-tls: 2 (expected: true or false)
          sni-match: suffix | sni-match: suffix (expected: wildcard or longest-suffix)
          unknown-sni: drop | unknown-sni: drop (expected: default or reject)
          client-auth: {mode: mutual} | client-auth.mode: mutual (expected: none, optional or required)
          client-auth: {mode: optional} | client-auth.ca: missing (expected: a file of the certificates that are trusted)
          client-auth: {mode: required, ca: x, depth: 0} | client-auth.depth: 0 (expected: 1..10)
          client-auth: {mode: required, ca: x, allow: {cn: []}} | client-auth.allow: no rule (expected: at least one cn, dns, uri or fingerprint)
          client-auth: {mode: required, ca: x, crl: [[]]} | client-auth.crl[0]: a list (expected: a file name)
          alpn: "h 2" | alpn: h 2 (expected: none, http1-only, http2-only, http2-optional or http2-preferred, or a list of protocols)
          session: {tickets: sometimes} | session.tickets: sometimes (expected: true or false)
          session: {lifetime: 86401s} | session.lifetime: 86401s (expected: 1s..86400s)
          session: {key-file: ""} | session.key-file: empty text (expected: a file name)
          early-data: true | early-data: true: the TLS engine does not offer early data (expected: false)
          client-auth: ~ | client-auth: no value (expected: keys and values)
          """)
  void tls_ruleBroken_isAProblem(String keys, String problem) {
    assertThat(Documents.problems(Documents.tls(keys))).contains("listeners[web].tls." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          alpn: none | []
          alpn: http1-only | [http/1.1]
          alpn: http2-only | [h2]
          alpn: http2-optional | [http/1.1, h2]
          alpn: http2-preferred | [h2, http/1.1]
          alpn: mqtt | [mqtt]
          alpn: [h2, mqtt, h2] | [h2, mqtt]
          alpn: [] | []
          """)
  void alpn_policyOrList_becomesAList(String keys, String protocols) {
    TlsConfig tls = Documents.valid(Documents.tls(keys)).listeners().getFirst().tls().orElseThrow();
    assertThat(tls.alpn()).hasToString(protocols);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp, TCP",
    "TCP, TCP",
    "tcpssl, TCPSSL",
    "TCPSSL, TCPSSL",
    "tcp_ssl, TCPSSL",
    "TCP_SSL, TCPSSL",
    "ssl, TCPSSL",
    "SSL, TCPSSL",
    "tls, TCPSSL",
    "TLS, TCPSSL"
  })
  void protocol_spellingOfACloud_isKnown(String spelling, Protocol protocol) {
    String text =
        protocol == Protocol.TCP
            ? Documents.tcp("").replace("protocol: tcp", "protocol: " + spelling)
            : Documents.tls("alpn: none").replace("protocol: tcpssl", "protocol: " + spelling);
    assertThat(Documents.valid(text).listeners().getFirst().protocol()).isEqualTo(protocol);
  }

  @ParameterizedTest
  @CsvSource({"http", "https", "HTTPS", "TERMINATED_HTTPS"})
  void protocol_ofALaterVersion_isNotAvailableYet(String spelling) {
    String text = Documents.tcp("").replace("protocol: tcp", "protocol: " + spelling);
    assertThat(Documents.problems(text))
        .containsExactly(
            "listeners[web].protocol: "
                + spelling
                + " is not available yet (expected: tcp or tcpssl)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          scheduler: tuple-hash | scheduler: tuple-hash is not available yet (expected: weighted-round-robin, round-robin, weighted-least-connections or source-ip-hash)
          default-port: 0 | default-port: 0 (expected: 1..65535)
          default-port: 80 | default-port: without effect as every backend has its port (expected: no default-port)
          queue: {size: 100001} | queue.size: 100001 (expected: 0..100000)
          queue: {size: 1, timeout: 99ms} | queue.timeout: 99ms (expected: 100ms..300s)
          queue: {size: 1} | queue: without effect as no backend has max-connections (expected: no queue)
          queue: {timeout: 1s} | queue.timeout: without effect with size 0 (expected: no timeout)
          backend-protocol: https | backend-protocol: https is not available yet (expected: tcp or tls)
          tls: {verify: full} | tls: without effect with backend-protocol tcp and no TLS probes (expected: no tls)
          backend-protocol: tls, tls: {verify: some} | tls.verify: some (expected: full, chain or none)
          backend-protocol: tls, tls: {verify: none} | tls.verify: none: whoever answers is trusted (expected: full or chain)
          backend-protocol: tls, tls: {server-name: "*.a"} | tls.server-name: *.a (expected: a DNS name, in ASCII)
          proxy-protocol: {send: v1, tlvs: ssl} | proxy-protocol.tlvs: without effect unless send is v2 (expected: no tlvs)
          proxy-protocol: {accept: true} | proxy-protocol.accept: unknown key (expected: send or tlvs)
          connect-timeout: 301s | connect-timeout: 301s (expected: 100ms..300s)
          retries: -1 | retries: -1 (expected: 0..10)
          on-all-down: open | on-all-down: open (expected: reject or fail-open)
          slow-start: 1s | slow-start: 1s is not available yet (expected: 0)
          drain-timeout: 86401s | drain-timeout: 86401s (expected: 0s..86400s)
          drain-spread: 1.1 | drain-spread: 1.1 (expected: 0%..100%)
          on-unhealthy: reset | on-unhealthy: reset is not available yet (expected: keep)
          outlier-ejection: {consecutive-failures: 5} | outlier-ejection.consecutive-failures: 5 is not available yet (expected: 0)
          outlier-ejection: {consecutive-failures: 0, base: 1s} | outlier-ejection.base: without effect with consecutive-failures 0 (expected: no base)
          min-healthy: 1 | min-healthy: 1 is not available yet (expected: 0)
          session-persistence: {type: cookie} | session-persistence: session-persistence is not available yet (expected: no session-persistence; source-ip-hash keeps clients together)
          """)
  void serverGroup_ruleBroken_isAProblem(String keys, String problem) {
    assertThat(Documents.problems(Documents.group(keys)))
        .map(line -> line.replaceFirst("^warning: ", ""))
        .containsExactly("server-groups[app]." + problem);
  }

  @Test
  void serverGroup_keyWithoutEffect_isCheckedAllTheSame() {
    String keys = "outlier-ejection: {consecutive-failures: 0, max-share: 101%}";
    assertThat(Documents.problems(Documents.group(keys)))
        .containsExactly(
            "server-groups[app].outlier-ejection.max-share: 101% (expected: 0%..100%)",
            "warning: server-groups[app].outlier-ejection.max-share:"
                + " without effect with consecutive-failures 0 (expected: no max-share)");
  }

  @Test
  void serverGroup_caWithoutVerification_hasNoEffect() {
    String keys = "backend-protocol: tls, tls: {verify: none, ca: x}";
    assertThat(Documents.problems(Documents.group(keys)))
        .contains(
            "warning: server-groups[app].tls.ca: without effect with verify none (expected: no ca)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type: TCP | type: TCP (expected: tcp, tls, http, https or none)
          type: custom | type: custom is not available yet (expected: tcp, tls, http, https or none)
          port: 65536 | port: 65536 (expected: 1..65535)
          timeout: 0.9s | timeout: 0.9s (expected: 1s..300s)
          interval: 601s | interval: 601s (expected: 1s..600s)
          interval: 1s | timeout: 2s, above the interval of 1s (expected: at most 1s)
          unhealthy-threshold: 11 | unhealthy-threshold: 11 (expected: 1..10)
          healthy-threshold: 0 | healthy-threshold: 0 (expected: 1..10)
          type: http, path: "/a b" | path: /a b (expected: a path of 1..1024 characters that starts with /)
          type: http, host: "" | host: empty text (expected: a host of 1..253 characters)
          type: http, expect-status: 99 | expect-status[0]: 99 (expected: codes of 100..599, such as 200, 200-399 or 2xx)
          type: http, expect-status: [] | expect-status: an empty list (expected: at least one: codes of 100..599, such as 200, 200-399 or 2xx)
          type: tls, method: GET | method: without effect with type tls (expected: no method)
          type: none, interval: 9s | interval: without effect with type none (expected: no interval)
          """)
  void healthCheck_ruleBroken_isAProblem(String keys, String problem) {
    assertThat(Documents.problems(Documents.healthCheck(keys)))
        .map(line -> line.replaceFirst("^warning: ", ""))
        .containsExactly("server-groups[app].health-check." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          retries: 10
          connect-timeout: 300
          connect-timeout: 0.1s
          slow-start: 0
          drain-timeout: 0
          drain-timeout: 1d
          drain-spread: 0
          drain-spread: 100%
          min-healthy: 0%
          on-unhealthy: keep
          outlier-ejection: {consecutive-failures: 0}
          health-check: {interval: 600s, timeout: 300s}
          health-check: {interval: 1s, timeout: 1s}
          health-check: {type: tls}, tls: {verify: chain}
          """)
  void serverGroup_valueAtTheEdge_isAccepted(String keys) {
    assertThat(Documents.problems(Documents.group(keys))).isEmpty();
  }
}
