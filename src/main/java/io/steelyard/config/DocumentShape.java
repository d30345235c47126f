package io.steelyard.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The keys of a part of the document in their canonical order, and what may stand below each: for
 * writing a document back. A key that is not known here keeps its place behind the known ones, so
 * that an incomplete shape loses nothing.
 *
 * @param keys in order
 * @param list whether one may stand for a list of one, and is then written as the list
 */
record DocumentShape(Map<String, DocumentShape> keys, boolean list) {

  /** A value, or what nobody ordered yet. */
  static final DocumentShape ANY = new DocumentShape(Map.of(), false);

  private static final DocumentShape WORDS = new DocumentShape(Map.of(), true);

  private static final DocumentShape TLS =
      of().and("policy", of().and("versions", WORDS).and("ciphers", WORDS).and("groups", WORDS))
          .and("certificates", WORDS)
          .and("allow-legacy-tls", ANY)
          .and("sni-match", ANY)
          .and("unknown-sni", ANY)
          .and(
              "client-auth",
              of("mode", "ca", "depth")
                  .and("crl", WORDS)
                  .and(
                      "allow",
                      of().and("cn", WORDS)
                          .and("dns", WORDS)
                          .and("uri", WORDS)
                          .and("fingerprint", WORDS)))
          .and("alpn", ANY)
          .and("session", of("tickets", "lifetime", "key-file"))
          .and("early-data", ANY);

  private static final DocumentShape LISTENER =
      of(
              "name",
              "description",
              "tags",
              "protocol",
              "address",
              "port",
              "enabled",
              "server-group",
              "idle-timeout",
              "handshake-timeout",
              "half-close-timeout",
              "max-connections")
          .and("max-new-connections-per-second", of("rate", "burst"))
          .and(
              "per-source",
              of("max-connections", "new-per-second", "failed-handshakes-per-minute", "block-for"))
          .and("on-limit", ANY)
          .and("access", of("mode").and("ip-groups", WORDS))
          .and("proxy-protocol", of("accept").and("trusted", WORDS))
          .and("max-connection-age", ANY)
          .and("age-jitter", ANY)
          .and("tls", TLS)
          .and(
              "sni-routes",
              of().and("sni", WORDS).and("alpn", WORDS).and("server-group", ANY).asList());

  private static final DocumentShape CERTIFICATE =
      of(
          "name",
          "certificate",
          "key",
          "key-password-file",
          "pkcs12",
          "password-file",
          "ocsp-response");

  private static final DocumentShape BACKEND =
      of("address", "weight", "state", "backup", "max-connections");

  private static final DocumentShape SERVER_GROUP =
      of("name", "scheduler", "default-port")
          .and("backends", BACKEND.asList())
          .and("queue", of("size", "timeout"))
          .and("backend-protocol", ANY)
          .and("tls", of("verify", "ca", "server-name", "certificate"))
          .and("proxy-protocol", of("send").and("tlvs", WORDS))
          .and("connect-timeout", ANY)
          .and("retries", ANY)
          .and("slow-start", ANY)
          .and("drain-timeout", ANY)
          .and("drain-spread", ANY)
          .and("on-unhealthy", ANY)
          .and("outlier-ejection", of("consecutive-failures", "base", "cap", "max-share"))
          .and("min-healthy", ANY)
          .and("on-all-down", ANY)
          .and("session-persistence", of("type", "ttl"))
          .and(
              "health-check",
              of(
                  "type",
                  "port",
                  "method",
                  "path",
                  "host",
                  "expect-status",
                  "interval",
                  "timeout",
                  "unhealthy-threshold",
                  "healthy-threshold",
                  "send",
                  "expect",
                  "send-hex",
                  "expect-hex"));

  /** The whole document. */
  static final DocumentShape ROOT =
      of().and("listeners", LISTENER.asList())
          .and("ip-groups", of("name").and("addresses", WORDS).and("file", ANY).asList())
          .and("certificates", CERTIFICATE.asList())
          .and("server-groups", SERVER_GROUP.asList());

  private static DocumentShape of(String... values) {
    DocumentShape shape = ANY;
    for (String key : values) {
      shape = shape.and(key, ANY);
    }
    return shape;
  }

  private DocumentShape and(String key, DocumentShape below) {
    Map<String, DocumentShape> more = new LinkedHashMap<>(keys);
    more.put(key, below);
    return new DocumentShape(more, list);
  }

  private DocumentShape asList() {
    return new DocumentShape(keys, true);
  }

  DocumentShape {
    keys = Collections.unmodifiableMap(keys);
  }

  /** What stands below a key; of a list, the shape of each item. */
  DocumentShape below(String key) {
    return keys.getOrDefault(key, ANY);
  }

  /** These keys in canonical order. */
  List<String> ordered(Set<String> present) {
    return Stream.concat(
            keys.keySet().stream().filter(present::contains),
            present.stream().filter(key -> !keys.containsKey(key)))
        .toList();
  }
}
