package io.steelyard.config;

import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Every name used must exist, and what exists should be used. */
final class NameRules {

  private final Problems problems;
  private final Names serverGroups;
  private final Names certificates;
  private final Names ipGroups;

  private NameRules(Draft draft, Problems problems) {
    this.problems = problems;
    serverGroups = new Names("a server group", draft.serverGroups(), ServerGroupConfig::name);
    certificates = new Names("a certificate", draft.certificates(), CertificateConfig::name);
    ipGroups = new Names("an ip-group", draft.ipGroups(), IpGroupConfig::name);
  }

  static void check(Draft draft, Problems problems) {
    NameRules rules = new NameRules(draft, problems);
    draft.listeners().forEach(rules::listener);
    for (Located<ServerGroupConfig> group : draft.serverGroups()) {
      Optional<String> own = group.config().tls().flatMap(BackendTlsConfig::certificate);
      own.ifPresent(name -> rules.use(rules.certificates, name, group.path() + ".tls.certificate"));
    }
    // In a document with errors a use may just have been misread.
    if (!problems.hasErrors()) {
      rules.unused(draft.serverGroups(), rules.serverGroups, ServerGroupConfig::name);
      rules.unused(draft.certificates(), rules.certificates, CertificateConfig::name);
      rules.unused(draft.ipGroups(), rules.ipGroups, IpGroupConfig::name);
    }
  }

  private void listener(Located<ListenerConfig> located) {
    ListenerConfig listener = located.config();
    String path = located.path();
    listener.serverGroup().ifPresent(name -> use(serverGroups, name, path + ".server-group"));
    List<String> accessGroups = listener.access().map(AccessConfig::ipGroups).orElse(List.of());
    useAll(ipGroups, accessGroups, path + ".access.ip-groups");
    List<String> served = listener.tls().map(TlsConfig::certificates).orElse(List.of());
    useAll(certificates, served, path + ".tls.certificates");
    for (int i = 0; i < listener.sniRoutes().size(); i++) {
      String routePath = path + ".sni-routes[" + i + "].server-group";
      use(serverGroups, listener.sniRoutes().get(i).serverGroup(), routePath);
    }
  }

  private void useAll(Names names, List<String> used, String path) {
    // Refused items are not in the list, and their places would be another's.
    boolean shifted = problems.hasErrorUnder(path + "[");
    for (int i = 0; i < used.size(); i++) {
      use(names, used.get(i), shifted ? path : path + "[" + i + "]");
    }
  }

  private void use(Names names, String name, String path) {
    names.used.add(name);
    // An empty name is a placeholder: its problem is there already.
    if (!name.isEmpty() && !names.known.contains(name)) {
      String expected = Nearest.to(name, names.known).orElseGet(() -> "the name of " + names.kind);
      problems.error(path, names.kind + " that does not exist: " + Shown.of(name), expected);
    }
  }

  private <T> void unused(List<Located<T>> parts, Names names, Function<T, String> nameOf) {
    for (Located<T> part : parts) {
      if (!names.used.contains(nameOf.apply(part.config()))) {
        problems.warning(part.path(), names.kind + " that nothing uses", "a use, or none");
      }
    }
  }

  /** Names of one kind: those that exist and those that are used. */
  private static final class Names {
    private final String kind;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> used = new LinkedHashSet<>();

    <T> Names(String kind, List<Located<T>> parts, Function<T, String> nameOf) {
      this.kind = kind;
      parts.forEach(part -> known.add(nameOf.apply(part.config())));
      known.remove("");
    }
  }
}
