package io.steelyard.config;

import io.steelyard.config.ServerGroupConfig.BackendConfig;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What must hold between the parts of a document. A rule whose values have problems of their own
 * keeps silent: one mistake, one problem.
 */
final class ConfigRules {

  private final Problems problems;

  private ConfigRules(Problems problems) {
    this.problems = problems;
  }

  static void check(Draft draft, Problems problems) {
    ConfigRules rules = new ConfigRules(problems);
    rules.uniqueNames(draft.listeners(), ListenerConfig::name);
    rules.uniqueNames(draft.ipGroups(), IpGroupConfig::name);
    rules.uniqueNames(draft.certificates(), CertificateConfig::name);
    rules.uniqueNames(draft.serverGroups(), ServerGroupConfig::name);
    PortRules.check(draft.listeners(), problems);
    draft.listeners().forEach(rules::listener);
    draft.serverGroups().forEach(rules::serverGroup);
    NameRules.check(draft, problems);
  }

  private <T> void uniqueNames(List<Located<T>> parts, Function<T, String> nameOf) {
    Map<String, String> firstPaths = new HashMap<>();
    for (Located<T> part : parts) {
      String path = part.path() + ".name";
      String name = nameOf.apply(part.config());
      if (problems.hasErrorAt(part.path() + ".name") || name.isEmpty()) {
        continue;
      }
      String first = firstPaths.putIfAbsent(name, part.path());
      if (first != null) {
        problems.error(path, Shown.of(name) + ", also the name of " + first, "a unique name");
      }
    }
  }

  private void listener(Located<ListenerConfig> located) {
    ListenerConfig listener = located.config();
    String path = located.path();
    // A part that is not even keys and values has its one problem already.
    if (problems.hasErrorAt(path + ".protocol") || problems.hasErrorHere(path)) {
      return;
    }
    boolean routed = !listener.sniRoutes().isEmpty();
    switch (listener.protocol()) {
      case TCP -> {
        if (listener.tls().isPresent()) {
          problems.error(path + ".tls", "tls with protocol tcp", "protocol tcpssl, or no tls");
        }
      }
      case TCPSSL -> {
        if (listener.tls().isEmpty() && !problems.hasErrorAt(path + ".tls")) {
          problems.error(path + ".tls", "missing", "tls with certificates, as protocol is tcpssl");
        }
        if (routed) {
          problems.error(
              path + ".sni-routes",
              "sni-routes with protocol tcpssl",
              "protocol tcp, or no sni-routes");
        }
      }
    }
    boolean maybeRouted = routed || problems.hasErrorAt(path + ".sni-routes");
    if (listener.serverGroup().isEmpty()
        && !(maybeRouted && listener.protocol() == Protocol.TCP)
        && !problems.hasErrorAt(path + ".server-group")) {
      problems.error(path + ".server-group", "missing", "the name of a server group");
    }
    unreachableRoutes(listener, path);
    listener.tls().ifPresent(tls -> doubleCertificates(tls, path + ".tls.certificates"));
  }

  private void unreachableRoutes(ListenerConfig listener, String path) {
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < listener.sniRoutes().size(); i++) {
      ListenerConfig.SniRoute route = listener.sniRoutes().get(i);
      if (!route.names().isEmpty() && taken.containsAll(route.names())) {
        problems.warning(
            path + ".sni-routes[" + i + "]",
            "never reached: earlier routes take its names",
            "each name once");
      }
      if (route.alpn().isEmpty()) {
        taken.addAll(route.names());
      }
    }
  }

  private void doubleCertificates(TlsConfig tls, String path) {
    Set<String> seen = new HashSet<>();
    // Refused items are not in the list, and their places would be another's.
    boolean shifted = problems.hasErrorUnder(path + "[");
    for (int i = 0; i < tls.certificates().size(); i++) {
      String name = tls.certificates().get(i);
      if (!seen.add(name)) {
        problems.error(
            shifted ? path : path + "[" + i + "]",
            Shown.of(name) + " again",
            "each certificate once");
      }
    }
  }

  private void serverGroup(Located<ServerGroupConfig> located) {
    ServerGroupConfig group = located.config();
    String path = located.path();
    uniqueBackends(group, path);
    probeFitsInterval(group.healthCheck(), path + ".health-check");
    boolean bounded = group.backends().stream().anyMatch(backend -> backend.maxConnections() > 0);
    if (group.queue().size() > 0
        && !bounded
        && !problems.hasErrorAt(path + ".queue")
        && !problems.hasErrorAt(path + ".backends")) {
      problems.warning(
          path + ".queue", "without effect as no backend has max-connections", "no queue");
    }
    boolean weighted =
        group.backends().stream()
                .mapToInt(BackendConfig::weight)
                .filter(w -> w > 0)
                .distinct()
                .count()
            > 1;
    if (group.scheduler() == ServerGroupConfig.SchedulerType.ROUND_ROBIN && weighted) {
      problems.warning(
          path + ".scheduler",
          "round-robin, which treats different weights alike",
          "weighted-round-robin");
    }
  }

  private void uniqueBackends(ServerGroupConfig group, String path) {
    Map<String, String> first = new HashMap<>();
    for (int i = 0; i < group.backends().size(); i++) {
      BackendConfig backend = group.backends().get(i);
      String at = "backends[" + i + "]";
      if (backend.host().isEmpty()) {
        continue;
      }
      // By value: two spellings of one IPv6 address are one backend.
      String before = first.putIfAbsent(backend.host() + " " + backend.port(), at);
      if (before != null) {
        problems.error(
            path + "." + at + ".address",
            backend.address() + ", also the address of " + before,
            "each backend once");
      }
    }
  }

  private void probeFitsInterval(HealthCheckConfig check, String path) {
    String timeoutPath = path + ".timeout";
    if (check.timeout().compareTo(check.interval()) > 0
        && !problems.hasErrorAt(timeoutPath)
        && !problems.hasErrorAt(path + ".interval")) {
      String interval = Durations.text(check.interval());
      problems.error(
          timeoutPath,
          Durations.text(check.timeout()) + ", above the interval of " + interval,
          "at most " + interval);
    }
  }
}
