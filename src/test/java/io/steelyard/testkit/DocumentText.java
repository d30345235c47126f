package io.steelyard.testkit;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.ClientAuth;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.yaml.snakeyaml.Yaml;

/**
 * The balancer document that reads as these records: what an operator would have written, and no
 * key that stands at its default.
 */
public final class DocumentText {

  private DocumentText() {}

  /** YAML, as {@code steelyard run} takes it. */
  public static String of(BalancerDocument document) {
    return new Yaml()
        .dump(
            new Keys()
                .list("listeners", document.listeners(), DocumentText::listener)
                .list("ip-groups", document.ipGroups(), DocumentText::ipGroup)
                .list("certificates", document.certificates(), DocumentText::certificate)
                .list("server-groups", document.serverGroups(), DocumentText::group)
                .map);
  }

  private static Keys listener(ListenerConfig listener) {
    return new Keys()
        .put("name", listener.name())
        .put("description", listener.description(), "")
        .put("tags", listener.tags(), Map.of())
        .put("protocol", word(listener.protocol()))
        .put("address", listener.address())
        .put("port", listener.port())
        .put("enabled", listener.enabled(), true)
        .put("server-group", listener.serverGroup())
        .put("idle-timeout", listener.idleTimeout(), ListenerConfig.DEFAULT_IDLE_TIMEOUT)
        .put(
            "handshake-timeout",
            listener.handshakeTimeout(),
            ListenerConfig.DEFAULT_HANDSHAKE_TIMEOUT)
        .put(
            "half-close-timeout",
            listener.halfCloseTimeout(),
            ListenerConfig.DEFAULT_HALF_CLOSE_TIMEOUT)
        .put("max-connections", listener.maxConnections(), 0)
        .put(
            "max-new-connections-per-second",
            listener
                .maxNewConnectionsPerSecond()
                .map(limit -> new Keys().put("rate", limit.rate()).put("burst", limit.burst()).map))
        .put("on-limit", listener.onLimit(), ListenerConfig.OnLimit.RESET)
        .put(
            "access",
            listener
                .access()
                .map(
                    access ->
                        new Keys()
                            .put("mode", word(access.mode()))
                            .put("ip-groups", access.ipGroups())
                            .map))
        .put("tls", listener.tls().map(tls -> tls(tls).map))
        .list("sni-routes", listener.sniRoutes(), DocumentText::route);
  }

  private static Keys route(ListenerConfig.SniRoute route) {
    return new Keys()
        .put("sni", route.names())
        .put("alpn", route.alpn(), List.of())
        .put("server-group", route.serverGroup());
  }

  private static Keys tls(TlsConfig tls) {
    return new Keys()
        .put("policy", policy(tls.policy()))
        .put("certificates", tls.certificates())
        .put("allow-legacy-tls", tls.allowLegacyTls(), false)
        .put("sni-match", tls.sniMatch(), TlsConfig.SniMatch.WILDCARD)
        .put("unknown-sni", tls.unknownSni(), TlsConfig.UnknownSni.DEFAULT)
        .put("client-auth", clientAuth(tls.clientAuth()))
        .put("alpn", tls.alpn(), List.of())
        .put(
            "session",
            new Keys()
                .put("tickets", tls.session().tickets(), true)
                .put("lifetime", tls.session().lifetime(), TlsConfig.Session.DEFAULT.lifetime())
                .put("key-file", tls.session().keyFile().map(Object::toString))
                .map,
            Map.of());
  }

  private static Object policy(TlsConfig.Policy policy) {
    return switch (policy) {
      case TlsConfig.Policy.Named named -> named.name();
      case TlsConfig.Policy.Custom custom ->
          new Keys()
              .put("versions", custom.versions())
              .put("ciphers", custom.ciphers(), List.of())
              .put("groups", custom.groups(), List.of())
              .map;
    };
  }

  private static Optional<Map<String, Object>> clientAuth(ClientAuth auth) {
    if (auth.equals(ClientAuth.NONE)) {
      return Optional.empty();
    }
    return Optional.of(
        new Keys()
            .put("mode", word(auth.mode()))
            .put("ca", auth.ca().map(Object::toString))
            .put("depth", auth.depth(), ClientAuth.DEFAULT_DEPTH)
            .put("crl", auth.crl().stream().map(Object::toString).toList(), List.of())
            .put(
                "allow",
                auth.allow()
                    .map(
                        rules ->
                            new Keys()
                                .put("cn", rules.cn(), List.of())
                                .put("dns", rules.dns(), List.of())
                                .put("uri", rules.uri(), List.of())
                                .put("fingerprint", rules.fingerprint(), List.of())
                                .map))
            .map);
  }

  private static Keys ipGroup(IpGroupConfig group) {
    return new Keys()
        .put("name", group.name())
        .put("addresses", group.addresses(), List.of())
        .put("file", group.file().map(Object::toString));
  }

  private static Keys certificate(CertificateConfig certificate) {
    Keys keys =
        new Keys()
            .put("name", certificate.name())
            .put("ocsp-response", certificate.ocspResponse().map(Object::toString));
    return switch (certificate.source()) {
      case CertificateConfig.Source.Pem pem ->
          keys.put("certificate", pem.certificate().toString())
              .put("key", pem.key().toString())
              .put("key-password-file", pem.keyPasswordFile().map(Object::toString));
      case CertificateConfig.Source.Pkcs12 store ->
          keys.put("pkcs12", store.file().toString())
              .put("password-file", store.passwordFile().map(Object::toString));
    };
  }

  private static Keys group(ServerGroupConfig group) {
    return new Keys()
        .put("name", group.name())
        .put("scheduler", group.scheduler(), ServerGroupConfig.SchedulerType.WEIGHTED_ROUND_ROBIN)
        .list("backends", group.backends(), DocumentText::backend)
        .put(
            "queue",
            new Keys()
                .put("size", group.queue().size(), Queue.DEFAULT.size())
                .put("timeout", group.queue().timeout(), Queue.DEFAULT.timeout())
                .map,
            Map.of())
        .put("backend-protocol", group.backendProtocol(), ServerGroupConfig.BackendProtocol.TCP)
        .put("tls", group.tls().map(tls -> backendTls(tls).map))
        .put(
            "proxy-protocol",
            Optional.of(group.proxyProtocol())
                .filter(proxy -> !proxy.equals(ProxyProtocol.NONE))
                .map(DocumentText::proxyProtocol))
        .put("connect-timeout", group.connectTimeout(), ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT)
        .put("retries", group.retries(), ServerGroupConfig.DEFAULT_RETRIES)
        .put("drain-timeout", group.drainTimeout(), ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT)
        .put("drain-spread", group.drainSpread(), ServerGroupConfig.DEFAULT_DRAIN_SPREAD)
        .put("on-all-down", group.onAllDown(), ServerGroupConfig.OnAllDown.REJECT)
        .put("health-check", healthCheck(group.healthCheck()).map, Map.of());
  }

  private static Keys backend(BackendConfig backend) {
    return new Keys()
        .put("address", backend.address())
        .put("weight", backend.weight(), BackendConfig.DEFAULT_WEIGHT)
        .put("state", backend.state(), BackendConfig.State.READY)
        .put("max-connections", backend.maxConnections(), 0);
  }

  private static Keys backendTls(BackendTlsConfig tls) {
    return new Keys()
        .put("verify", word(tls.verify()))
        .put("ca", tls.ca().map(Object::toString))
        .put("server-name", tls.serverName())
        .put("certificate", tls.certificate());
  }

  private static Map<String, Object> proxyProtocol(ProxyProtocol proxy) {
    return new Keys()
        .put("send", word(proxy.version()))
        .put("tlvs", proxy.tlvs().stream().map(DocumentText::word).sorted().toList(), List.of())
        .map;
  }

  private static Keys healthCheck(HealthCheckConfig check) {
    HealthCheckConfig defaults = HealthCheckConfig.DEFAULT;
    Keys keys = new Keys().put("type", check.type(), defaults.type());
    check.port().ifPresent(port -> keys.put("port", port));
    keys.put("timeout", check.timeout(), defaults.timeout())
        .put("interval", check.interval(), defaults.interval())
        .put("unhealthy-threshold", check.unhealthyThreshold(), defaults.unhealthyThreshold())
        .put("healthy-threshold", check.healthyThreshold(), defaults.healthyThreshold())
        .put("path", check.path(), defaults.path())
        .put("host", check.host());
    if (check.method() != defaults.method()) {
      keys.put("method", check.method().name());
    }
    List<String> codes =
        check.expectStatus().stream().map(range -> range.first() + "-" + range.last()).toList();
    return check.expectStatus().equals(defaults.expectStatus())
        ? keys
        : keys.put("expect-status", String.join(",", codes));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Keys and values of a mapping, in order. */
  private static final class Keys {
    private final Map<String, Object> map = new LinkedHashMap<>();

    Keys put(String key, Object value) {
      map.put(
          key,
          switch (value) {
            case Enum<?> constant -> word(constant);
            case Duration duration -> duration.toString();
            default -> value;
          });
      return this;
    }

    Keys put(String key, Object value, Object defaultValue) {
      return value.equals(defaultValue) ? this : put(key, value);
    }

    Keys put(String key, Optional<?> value) {
      value.ifPresent(present -> put(key, (Object) present));
      return this;
    }

    <T> Keys list(String key, List<T> entries, Function<T, Keys> form) {
      return put(key, entries.stream().map(entry -> form.apply(entry).map).toList(), List.of());
    }
  }
}
