package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.config.ListenerConfig.RateLimit;
import io.steelyard.config.ListenerConfig.SniRoute;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one entry of {@code listeners}. */
final class ListenerReader {

  static final int MAX_PORT = 65_535;
  static final int MAX_CONNECTIONS = 1_000_000;

  private static final int MAX_TAGS = 20;
  private static final int MAX_SNI_ROUTES = 10_000;
  private static final int MAX_ALPN = 64;
  private static final String PLACEHOLDER = "";

  private static final Choice<Protocol> PROTOCOL =
      Choice.of(Protocol.class)
          .anyCase()
          .spelled("tcp_ssl", Protocol.TCPSSL)
          .spelled("ssl", Protocol.TCPSSL)
          .spelled("tls", Protocol.TCPSSL)
          .notYet("http", "https", "terminated_https")
          .notOffered("udp", "tcp or tcpssl")
          .notOffered("tcp_udp", "tcp or tcpssl")
          .notOffered("quic", "tcp or tcpssl")
          .notOffered("http3", "tcp or tcpssl");
  private static final Choice<OnLimit> ON_LIMIT = Choice.of(OnLimit.class);
  private static final Choice<AccessConfig.Mode> ACCESS_MODE = Choice.of(AccessConfig.Mode.class);
  private static final Form<Integer> PORT =
      new Form<>() {
        private final Form<Integer> number = Forms.number(1, MAX_PORT);

        @Override
        public String expected() {
          return number.expected();
        }

        @Override
        public Answer<Integer> read(String text) {
          return text.matches("[0-9]{1,5} ?(-|\\.\\.|/|:|,) ?[0-9]{1,5}")
              ? new Answer.Refused<>(
                  ": a port range is not offered", "one port; a listener for each")
              : number.read(text);
        }
      };

  private final TlsReader tlsReader;

  ListenerReader(Path directory) {
    this.tlsReader = new TlsReader(directory);
  }

  Located<ListenerConfig> read(Section section) {
    ListenerConfig listener =
        new ListenerConfig(
            section.required("name", Forms.NAME, PLACEHOLDER),
            section.value("description", Forms.text(0, Forms.MAX_NAME_LENGTH), ""),
            tags(section),
            section.required("protocol", PROTOCOL, Protocol.TCP),
            section.value("address", Forms.LISTENING_ADDRESS, ListenerConfig.DEFAULT_ADDRESS),
            section.required("port", PORT, 0),
            section.value("enabled", Forms.FLAG, true),
            section.optional("server-group", Forms.SERVER_GROUP),
            section.value(
                "idle-timeout",
                Forms.duration("1s", "86400s"),
                ListenerConfig.DEFAULT_IDLE_TIMEOUT),
            section.value(
                "handshake-timeout",
                Forms.duration("1s", "300s"),
                ListenerConfig.DEFAULT_HANDSHAKE_TIMEOUT),
            section.value(
                "half-close-timeout",
                Forms.duration("1s", "3600s"),
                ListenerConfig.DEFAULT_HALF_CLOSE_TIMEOUT),
            section.value("max-connections", Forms.number(0, MAX_CONNECTIONS), 0),
            rate(section),
            section.value("on-limit", ON_LIMIT, OnLimit.RESET),
            section.section("access").map(ListenerReader::access),
            section.section("tls").map(tlsReader::read),
            section.sections("sni-routes", MAX_SNI_ROUTES, false).stream()
                .map(ListenerReader::route)
                .toList());
    if (listener.protocol() == Protocol.TCP
        && listener.sniRoutes().isEmpty()
        && !section.refused("sni-routes")) {
      section.withoutEffect("protocol", "with protocol tcp and no sni-routes", "handshake-timeout");
    }
    later(section);
    section.end();
    return new Located<>(section.path(), listener);
  }

  private static Map<String, String> tags(Section listener) {
    return listener
        .section("tags")
        .map(tags -> tags.map(Forms.text(1, 64), Forms.text(0, 128), MAX_TAGS))
        .orElseGet(Map::of);
  }

  /** A bare number, or rate and burst. */
  private static Optional<RateLimit> rate(Section listener) {
    String key = "max-new-connections-per-second";
    Form<Integer> rateForm = Forms.number(0, MAX_CONNECTIONS);
    if (!listener.holdsSection(key)) {
      return listener
          .optional(key, rateForm)
          .filter(rate -> rate > 0)
          .map(rate -> new RateLimit(rate, rate));
    }
    Section section = listener.section(key).orElseThrow();
    int rate = section.required("rate", rateForm, 0);
    int burst = section.value("burst", Forms.number(1, MAX_CONNECTIONS), Math.max(1, rate));
    if (rate == 0) {
      section.withoutEffect("rate", "with rate 0", "burst");
    }
    section.end();
    return rate == 0 ? Optional.empty() : Optional.of(new RateLimit(rate, burst));
  }

  private static AccessConfig access(Section section) {
    AccessConfig access =
        new AccessConfig(
            section.required("mode", ACCESS_MODE, AccessConfig.Mode.ALLOW),
            section.requiredList("ip-groups", Forms.IP_GROUP, IpGroupConfig.MAX_ENTRIES));
    section.end();
    return access;
  }

  private static SniRoute route(Section section) {
    SniRoute route =
        new SniRoute(
            section.requiredList("sni", Forms.DNS_PATTERN, MAX_SNI_ROUTES),
            section.list("alpn", Forms.ALPN_PROTOCOL, MAX_ALPN),
            section.required("server-group", Forms.SERVER_GROUP, PLACEHOLDER));
    section.end();
    return route;
  }

  /** What this version does not do, said instead of ignored. */
  private static void later(Section listener) {
    listener.section("proxy-protocol").ifPresent(ListenerReader::proxyProtocol);
    listener.notYet("per-source", "max-connections or max-new-connections-per-second");
    listener.notYetUnless("max-connection-age", Forms.ZERO, 0);
    listener.notYet("age-jitter", "no age-jitter");
    for (String key :
        List.of("request-timeout", "response-timeout", "rules", "headers", "compression")) {
      listener.notYet(key, "no " + key + "; it belongs to https listeners");
    }
    for (String key : List.of("ports", "port-range", "start-port", "end-port")) {
      listener.notOffered(key, "port, with a listener for each");
    }
    for (String key :
        List.of("transparent", "transparent-source", "preserve-client-ip", "preserve-source")) {
      listener.notOffered(key, "proxy-protocol.send of the server group");
    }
    for (String key : List.of("mss", "tcp-mss", "max-segment-size")) {
      listener.notOffered(key, "the operating system's MSS");
    }
  }

  private static void proxyProtocol(Section section) {
    if (section.notYetUnless("accept", Forms.OFF, false)) {
      section.has("trusted");
    } else {
      section.list("trusted", Forms.NETWORK, IpGroupConfig.MAX_ENTRIES);
      section.withoutEffect("accept", "without accept", "trusted");
    }
    section.end();
  }
}
