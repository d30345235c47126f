package io.steelyard.config;

import io.steelyard.config.CertificateConfig.Source;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.Policy;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a part's settings are, defaults included, by the document's key of each: for telling two
 * revisions of it apart. A value is text, or a list of texts; a key without one is left out. Names
 * are left out too: they say which part it is.
 */
public final class ConfigKeys {

  private final Map<String, Object> values = new LinkedHashMap<>();

  private ConfigKeys() {}

  /** A listener's. */
  public static Map<String, Object> of(ListenerConfig listener) {
    ConfigKeys keys = new ConfigKeys();
    keys.put("description", listener.description());
    listener.tags().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(tag -> keys.put("tags." + tag.getKey(), tag.getValue()));
    keys.put("protocol", listener.protocol());
    keys.put("address", listener.address());
    keys.put("port", listener.port());
    keys.put("enabled", listener.enabled());
    keys.put("server-group", listener.serverGroup());
    keys.put("idle-timeout", listener.idleTimeout());
    keys.put("handshake-timeout", listener.handshakeTimeout());
    keys.put("half-close-timeout", listener.halfCloseTimeout());
    keys.put("max-connections", listener.maxConnections());
    listener
        .maxNewConnectionsPerSecond()
        .ifPresent(
            limit -> {
              keys.put("max-new-connections-per-second.rate", limit.rate());
              keys.put("max-new-connections-per-second.burst", limit.burst());
            });
    keys.put("on-limit", listener.onLimit());
    listener
        .access()
        .ifPresent(
            access -> {
              keys.put("access.mode", access.mode());
              keys.put("access.ip-groups", access.ipGroups());
            });
    listener.tls().ifPresent(keys::tls);
    keys.put("sni-routes", listener.sniRoutes().stream().map(ConfigKeys::route).toList());
    return keys.values;
  }

  private static String route(SniRoute route) {
    String alpn = route.alpn().isEmpty() ? "" : " with " + String.join(", ", route.alpn());
    return String.join(", ", route.names()) + alpn + " to " + route.serverGroup();
  }

  private void tls(TlsConfig tls) {
    switch (tls.policy()) {
      case Policy.Named(String name) -> put("tls.policy", name);
      case Policy.Custom custom -> {
        put("tls.policy.versions", custom.versions());
        put("tls.policy.ciphers", custom.ciphers());
        put("tls.policy.groups", custom.groups());
      }
    }
    put("tls.certificates", tls.certificates());
    put("tls.allow-legacy-tls", tls.allowLegacyTls());
    put("tls.sni-match", tls.sniMatch());
    put("tls.unknown-sni", tls.unknownSni());
    clientAuth(tls.clientAuth());
    put("tls.alpn", tls.alpn());
    put("tls.session.tickets", tls.session().tickets());
    put("tls.session.lifetime", tls.session().lifetime());
    put("tls.session.key-file", tls.session().keyFile());
  }

  private void clientAuth(ClientAuth auth) {
    put("tls.client-auth.mode", auth.mode());
    if (auth.mode() == ClientAuth.Mode.NONE) {
      return;
    }
    put("tls.client-auth.ca", auth.ca());
    put("tls.client-auth.depth", auth.depth());
    put("tls.client-auth.crl", auth.crl().stream().map(Path::toString).toList());
    if (auth.allow().isPresent()) {
      AllowRules allow = auth.allow().get();
      put("tls.client-auth.allow.cn", allow.cn());
      put("tls.client-auth.allow.dns", allow.dns());
      put("tls.client-auth.allow.uri", allow.uri());
      put("tls.client-auth.allow.fingerprint", allow.fingerprint());
    }
  }

  /** A server group's, without its backends. */
  public static Map<String, Object> of(ServerGroupConfig group) {
    ConfigKeys keys = new ConfigKeys();
    keys.put("scheduler", group.scheduler());
    keys.put("queue.size", group.queue().size());
    keys.put("queue.timeout", group.queue().timeout());
    keys.put("backend-protocol", group.backendProtocol());
    group.tls().ifPresent(keys::backendTls);
    keys.put("proxy-protocol.send", group.proxyProtocol().version());
    keys.put(
        "proxy-protocol.tlvs",
        group.proxyProtocol().tlvs().stream().map(Choice::word).sorted().toList());
    keys.put("connect-timeout", group.connectTimeout());
    keys.put("retries", group.retries());
    keys.put("drain-timeout", group.drainTimeout());
    keys.put("drain-spread", BigDecimal.valueOf(group.drainSpread()).toPlainString());
    keys.put("on-all-down", group.onAllDown());
    keys.healthCheck(group.healthCheck());
    return keys.values;
  }

  private void backendTls(BackendTlsConfig tls) {
    put("tls.verify", tls.verify());
    put("tls.ca", tls.ca());
    put("tls.server-name", tls.serverName());
    put("tls.certificate", tls.certificate());
  }

  private void healthCheck(HealthCheckConfig check) {
    put("health-check.type", check.type());
    put("health-check.port", check.port());
    put("health-check.method", check.method().name());
    put("health-check.path", check.path());
    put("health-check.host", check.host());
    put(
        "health-check.expect-status",
        check.expectStatus().stream().map(ConfigKeys::codes).toList());
    put("health-check.interval", check.interval());
    put("health-check.timeout", check.timeout());
    put("health-check.unhealthy-threshold", check.unhealthyThreshold());
    put("health-check.healthy-threshold", check.healthyThreshold());
  }

  private static String codes(StatusRange range) {
    return range.first() == range.last()
        ? String.valueOf(range.first())
        : range.first() + "-" + range.last();
  }

  /** A backend's, without its address. */
  public static Map<String, Object> of(BackendConfig backend) {
    ConfigKeys keys = new ConfigKeys();
    keys.put("weight", backend.weight());
    keys.put("state", backend.state());
    keys.put("max-connections", backend.maxConnections());
    return keys.values;
  }

  /** A certificate's: its files, not what is in them. */
  public static Map<String, Object> of(CertificateConfig certificate) {
    ConfigKeys keys = new ConfigKeys();
    switch (certificate.source()) {
      case Source.Pem pem -> {
        keys.put("certificate", pem.certificate().toString());
        keys.put("key", pem.key().toString());
        keys.put("key-password-file", pem.keyPasswordFile());
      }
      case Source.Pkcs12 store -> {
        keys.put("pkcs12", store.file().toString());
        keys.put("password-file", store.passwordFile());
      }
    }
    keys.put("ocsp-response", certificate.ocspResponse());
    return keys.values;
  }

  /** An ip-group's: its file, not what is in it. */
  public static Map<String, Object> of(IpGroupConfig group) {
    ConfigKeys keys = new ConfigKeys();
    keys.put("addresses", group.addresses());
    keys.put("file", group.file());
    return keys.values;
  }

  private void put(String key, Object value) {
    Optional<Object> text =
        switch (value) {
          case Enum<?> constant -> Optional.of(Choice.word(constant));
          case Duration duration -> Optional.of(Durations.text(duration));
          case Optional<?> optional -> optional.map(Object::toString);
          case OptionalInt optional ->
              optional.isPresent() ? Optional.of(optional.getAsInt() + "") : Optional.empty();
          case Collection<?> list ->
              list.isEmpty()
                  ? Optional.empty()
                  : Optional.of(list.stream().map(Object::toString).toList());
          default -> Optional.of(value.toString()).filter(string -> !string.isEmpty()).map(x -> x);
        };
    text.ifPresent(present -> values.put(key, present));
  }

  /** A value as one text. */
  public static String text(Object value) {
    return value instanceof List<?> list
        ? String.join(", ", list.stream().map(Object::toString).toList())
        : value.toString();
  }
}
