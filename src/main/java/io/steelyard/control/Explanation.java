package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.LeaseRequest;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ConfigKeys;
import io.steelyard.config.Durations;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.Protocol;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.TlsConfig;
import io.steelyard.listener.AccessList;
import io.steelyard.listener.SniRoutes;
import io.steelyard.tls.CapableHello;
import io.steelyard.tls.ServerTls;
import io.steelyard.wire.ClientHello;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The way of one client through a document, step by step: what is decided, and why. The same
 * classes decide as on the data path; nothing is counted and nobody's turn is taken. Limits, which
 * depend on the moment, are told but not judged.
 *
 * @param steps in the order of the way; it ends where the client is refused
 * @param outcome one sentence
 */
public record Explanation(List<Step> steps, String outcome) {

  public Explanation {
    steps = List.copyOf(steps);
  }

  /**
   * One decision.
   *
   * @param name what is decided, such as {@code certificate}
   */
  public record Step(String name, String decision, String why) {}

  /**
   * Explains. Never blocks.
   *
   * @param loaded stays usable for as long as this runs
   * @param groups by name, each that the document has; those that run, or such as were made of the
   *     document
   */
  public static Explanation of(
      LoadedDocument loaded, Function<String, ServerGroup> groups, ExplainRequest request) {
    return new Way(loaded, groups, request).explain();
  }

  /** For people. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    int width = steps.stream().mapToInt(step -> step.name().length()).max().orElse(0);
    for (Step step : steps) {
      String name = step.name() + " ".repeat(width - step.name().length());
      lines.add(name + "  " + step.decision() + " (" + step.why() + ")");
    }
    lines.add(outcome);
    return lines;
  }

  /** As plain objects, for JSON. */
  public Map<String, Object> objects() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("outcome", outcome);
    all.put("steps", steps.stream().map(Explanation::objects).toList());
    return all;
  }

  private static Map<String, Object> objects(Step step) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("step", step.name());
    object.put("decision", step.decision());
    object.put("why", step.why());
    return object;
  }

  /** One explanation while it is made. */
  private static final class Way {

    private final LoadedDocument loaded;
    private final Function<String, ServerGroup> groups;
    private final ExplainRequest request;
    private final Optional<String> serverName;
    private final ClientHello hello;
    private final List<Step> steps = new ArrayList<>();

    Way(LoadedDocument loaded, Function<String, ServerGroup> groups, ExplainRequest request) {
      this.loaded = loaded;
      this.groups = groups;
      this.request = request;
      this.serverName = request.sni().flatMap(ClientHello::serverNameOf);
      this.hello = CapableHello.of(serverName, request.alpn());
    }

    private void step(String name, String decision, String why) {
      steps.add(new Step(name, decision, why));
    }

    private Explanation ends(String outcome) {
      return new Explanation(steps, outcome);
    }

    Explanation explain() {
      ListenerChoice choice = ListenerChoice.of(loaded.document().listeners(), request);
      step("listener", choice.listener().map(ListenerConfig::name).orElse("none"), choice.why());
      if (choice.listener().isEmpty()) {
        return ends("refused: nothing listens there");
      }
      ListenerConfig listener = choice.listener().get();
      if (!admitted(listener)) {
        return ends("refused: the access list, told by " + ConfigKeys.text(onLimit(listener)));
      }
      limits(listener);
      if (request.sni().isPresent() && serverName.isEmpty()) {
        step("server name", "none", request.sni().get() + " is no host name");
      }
      if (listener.protocol() == Protocol.TCPSSL && !handshake(listener)) {
        return ends("refused: the handshake fails");
      }
      Optional<String> group = group(listener);
      return group.isEmpty()
          ? ends("refused: no route matches, and the listener has no server group")
          : backend(groups.apply(group.get()));
    }

    private static Object onLimit(ListenerConfig listener) {
      return ConfigKeys.of(listener).getOrDefault("on-limit", "");
    }

    private boolean admitted(ListenerConfig listener) {
      AccessList list = loaded.access().get(listener.name());
      if (list == null || listener.access().isEmpty()) {
        step("access", "admitted", "no access list");
        return true;
      }
      AccessConfig access = listener.access().get();
      boolean allows = access.mode() == AccessConfig.Mode.ALLOW;
      String names = String.join(", ", access.ipGroups());
      if (request.source().isEmpty()) {
        step(
            "access",
            "depends on the client's address",
            (allows ? "only those of " : "all but those of ") + names);
        return true;
      }
      String source = request.source().get().getHostAddress();
      boolean permitted = list.permits(request.source().get());
      step(
          "access",
          permitted ? "admitted" : "refused",
          source + (permitted == allows ? " is in " : " is not in ") + names);
      return permitted;
    }

    private void limits(ListenerConfig listener) {
      List<String> limits = new ArrayList<>();
      if (listener.maxConnections() > 0) {
        limits.add("at most " + listener.maxConnections() + " flows at once");
      }
      listener
          .maxNewConnectionsPerSecond()
          .ifPresent(
              limit ->
                  limits.add(
                      limit.rate() + " new flows a second, " + limit.burst() + " in a burst"));
      if (limits.isEmpty()) {
        step("limits", "none", "the listener sets none");
      } else {
        step("limits", "apply", String.join("; ", limits));
      }
    }

    private boolean handshake(ListenerConfig listener) {
      ServerTls tls = loaded.serverTls().get(listener.name());
      TlsConfig config = listener.tls().orElseThrow();
      if (tls == null) {
        throw new IllegalStateException("no TLS of listener " + listener.name());
      }
      ServerTls.Decision decision = tls.decide(hello);
      String policy =
          switch (config.policy()) {
            case TlsConfig.Policy.Named(String name) -> name;
            case TlsConfig.Policy.Custom custom -> "the listener's own";
          };
      step(
          "policy",
          policy,
          decision.version().map(version -> version + " with a client that can").orElse("no use"));
      step(
          "certificate",
          decision
              .certificate()
              .map(name -> name + decision.keyType().map(type -> " (" + type + ")").orElse(""))
              .orElse("none"),
          decision.reason());
      if (decision.certificate().isEmpty()) {
        return false;
      }
      alpn(config);
      if (config.clientAuth().mode() != TlsConfig.ClientAuth.Mode.NONE) {
        step(
            "client certificate",
            config.clientAuth().mode().name().toLowerCase(Locale.ROOT),
            "verified by " + config.clientAuth().ca().map(Object::toString).orElse("nobody"));
      }
      return true;
    }

    private void alpn(TlsConfig config) {
      if (config.alpn().isEmpty()) {
        step("alpn", "none", "the listener does not speak it");
        return;
      }
      Optional<String> shared = config.alpn().stream().filter(hello.alpn()::contains).findFirst();
      step(
          "alpn",
          shared.orElse("none"),
          shared.isPresent()
              ? "the listener's first of " + String.join(", ", config.alpn())
              : "the client offers none");
    }

    private Optional<String> group(ListenerConfig listener) {
      Optional<SniRoute> route =
          new SniRoutes<>(listener.sniRoutes(), Function.identity()).route(hello);
      Optional<String> group = route.map(SniRoute::serverGroup).or(listener::serverGroup);
      String why =
          route
              .map(found -> "route of " + String.join(", ", found.names()))
              .orElse(
                  listener.sniRoutes().isEmpty()
                      ? "the listener's"
                      : "no route matches; the listener's");
      step("server-group", group.orElse("none"), why);
      return group;
    }

    private Explanation backend(ServerGroup group) {
      ServerGroupConfig config = group.config();
      String scheduler = ConfigKeys.text(ConfigKeys.of(config).getOrDefault("scheduler", ""));
      boolean hashed = config.scheduler() == ServerGroupConfig.SchedulerType.SOURCE_IP_HASH;
      if (hashed && request.source().isEmpty()) {
        step("backend", "depends on the client's address", scheduler);
        return ends("goes to server group " + config.name());
      }
      InetAddress source = request.source().orElseGet(InetAddress::getLoopbackAddress);
      Optional<Backend> backend = group.preview(new LeaseRequest(source, Set.of()));
      if (backend.isEmpty()) {
        step("backend", "none now", BackendText.whyNone(group));
        return ends("waits or is refused: server group " + config.name() + " has none to give now");
      }
      Backend chosen = backend.get();
      step("backend", chosen.config().address(), BackendText.why(chosen, scheduler, group));
      return ends(
          "goes to backend "
              + chosen.config().address()
              + " of server group "
              + config.name()
              + "; connect within "
              + Durations.text(config.connectTimeout())
              + ", "
              + config.retries()
              + " retries on others");
    }
  }
}
