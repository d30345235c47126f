package io.steelyard.tls;

import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.tls.LoadedCertificate.KeyType;
import io.steelyard.tls.SecurityPolicy.Effective;
import io.steelyard.tls.SecurityPolicy.VersionSuites;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Turns a listener's policy into what its engine serves, or into problems. */
final class PolicyRules {

  /** Configuration's bound on a custom list. */
  private static final int MAX_CIPHERS = 64;

  private final TlsEngine engine;
  private final String path;
  private final Problems problems;
  private boolean broken;

  private PolicyRules(TlsEngine engine, String path, Problems problems) {
    this.engine = engine;
    this.path = path;
    this.problems = problems;
  }

  /**
   * What the listener at that path offers.
   *
   * @return empty where the problems got an error
   */
  static Optional<Effective> resolve(
      TlsConfig tls, String tlsPath, TlsEngine engine, Problems problems) {
    PolicyRules rules = new PolicyRules(engine, tlsPath + ".policy", problems);
    Optional<SecurityPolicy> policy =
        switch (tls.policy()) {
          case Policy.Named named -> rules.named(named);
          case Policy.Custom custom -> rules.custom(custom);
        };
    if (policy.isEmpty()) {
      return Optional.empty();
    }
    Effective effective = policy.get().effective(engine);
    rules.checkVersions(effective, tls.allowLegacyTls());
    return rules.broken ? Optional.empty() : Optional.of(effective);
  }

  /** A key type that no suite can serve is a certificate no client will ever see. */
  static boolean checkKeyTypes(
      Effective effective, Set<KeyType> types, String tlsPath, Problems problems) {
    boolean fine = true;
    for (KeyType type : KeyType.values()) {
      boolean served = effective.suites().stream().anyMatch(suite -> suite.serves(type));
      if (types.contains(type) && !served) {
        String found = effective.policy().name() + " leaves no suite for " + type + " certificates";
        problems.error(tlsPath + ".policy", found, "a suite for every key type of the listener");
        fine = false;
      }
    }
    return fine;
  }

  private Optional<SecurityPolicy> named(Policy.Named named) {
    Optional<SecurityPolicy> policy = SecurityPolicies.named(named.name());
    if (policy.isEmpty()) {
      error(path, named.name(), Nearest.expected(named.name(), SecurityPolicies.names()));
    }
    return policy;
  }

  private Optional<SecurityPolicy> custom(Policy.Custom custom) {
    List<ProtocolVersion> versions = versions(custom);
    List<String> suites = suites(custom, versions);
    List<String> groups = groups(custom);
    if (broken) {
      return Optional.empty();
    }
    List<String> texts = versions.stream().map(ProtocolVersion::text).toList();
    return Optional.of(new SecurityPolicy("custom", "document", texts, suites, groups));
  }

  private List<ProtocolVersion> versions(Policy.Custom custom) {
    List<String> known = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    List<ProtocolVersion> found = new ArrayList<>();
    for (int i = 0; i < custom.versions().size(); i++) {
      String name = custom.versions().get(i);
      Optional<ProtocolVersion> version = ProtocolVersion.named(name);
      if (version.isEmpty()) {
        error(path + ".versions[" + i + "]", name, Nearest.expected(name, known));
      }
      version.ifPresent(found::add);
    }
    List<ProtocolVersion> sorted = found.stream().distinct().sorted().toList();
    if (custom.versions().isEmpty()) {
      error(path + ".versions", "none", "at least one of " + String.join(", ", known));
    } else if (!sorted.isEmpty()
        && sorted.getLast().ordinal() - sorted.getFirst().ordinal() >= sorted.size()) {
      error(
          path + ".versions", String.join(", ", custom.versions()), "no version left out between");
    }
    return sorted;
  }

  private List<String> suites(Policy.Custom custom, List<ProtocolVersion> versions) {
    if (custom.ciphers().size() > MAX_CIPHERS) {
      error(path + ".ciphers", custom.ciphers().size() + " suites", "at most " + MAX_CIPHERS);
    }
    List<String> known = CipherSuite.all().stream().map(CipherSuite::openSslName).toList();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < custom.ciphers().size(); i++) {
      String place = path + ".ciphers[" + i + "]";
      String name = custom.ciphers().get(i);
      Optional<CipherSuite> suite = CipherSuite.named(name);
      if (suite.isEmpty()) {
        error(place, name, Nearest.expected(name, known));
        continue;
      }
      checkUseful(place, suite.get(), versions);
      names.add(suite.get().openSslName());
    }
    if (versions.contains(ProtocolVersion.TLS_1_3)) {
      checkFixed(names);
    }
    return names.stream().distinct().toList();
  }

  private void checkUseful(String place, CipherSuite suite, List<ProtocolVersion> versions) {
    if (!engine.abilities().suites().contains(suite.openSslName())) {
      String found = suite.openSslName() + ", which " + engine.description() + " cannot negotiate";
      problems.warning(place, found, "a suite of the engine");
    } else if (versions.stream().noneMatch(suite::fits)) {
      problems.warning(place, suite.openSslName(), "a suite of the versions listed");
    }
  }

  private void checkFixed(List<String> names) {
    List<String> fixed = engine.abilities().fixedTls13();
    List<String> left = fixed.stream().filter(name -> !names.contains(name)).toList();
    if (!left.isEmpty()) {
      String found = "a list without " + String.join(", ", left);
      error(
          path + ".ciphers",
          found,
          String.join(", ", fixed) + ": with TLSv1.3 BoringSSL always offers these");
    }
  }

  private List<String> groups(Policy.Custom custom) {
    if (custom.groups().isEmpty()) {
      return SecurityPolicies.DEFAULT_GROUPS;
    }
    List<String> known = Arrays.stream(NamedGroup.values()).map(NamedGroup::text).toList();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < custom.groups().size(); i++) {
      String place = path + ".groups[" + i + "]";
      String name = custom.groups().get(i);
      Optional<NamedGroup> group = NamedGroup.named(name);
      if (group.isEmpty()) {
        error(place, name, Nearest.expected(name, known));
      } else if (!engine.abilities().groups().contains(group.get())) {
        String found = name + ", which " + engine.description() + " does not have";
        problems.warning(place, found, "a group of the engine");
      }
      group.ifPresent(value -> names.add(value.text()));
    }
    List<String> distinct = names.stream().distinct().toList();
    boolean any =
        distinct.stream()
            .anyMatch(
                name -> engine.abilities().groups().contains(NamedGroup.named(name).orElseThrow()));
    if (!broken && !any) {
      error(path + ".groups", String.join(", ", distinct), "a group that the engine has");
    }
    return distinct;
  }

  private void checkVersions(Effective effective, boolean allowLegacy) {
    SecurityPolicy policy = effective.policy();
    List<String> legacy =
        policy.versions().stream()
            .filter(name -> ProtocolVersion.named(name).orElseThrow().isLegacy())
            .toList();
    if (!legacy.isEmpty() && !allowLegacy) {
      String found = policy.name() + ", which serves " + String.join(", ", legacy);
      error(path, found, "TLSv1.2 or newer, or allow-legacy-tls: true");
    }
    if (!effective.missingVersions().isEmpty()) {
      String versions = String.join(", ", effective.missingVersions());
      String found =
          policy.name() + ", of which " + engine.description() + " cannot serve " + versions;
      error(path, found, "versions that the engine serves");
    }
    for (VersionSuites version : effective.versions()) {
      if (version.suites().isEmpty()) {
        String found = policy.name() + " has no suite for " + version.version();
        error(path, found, "a suite for every version served");
      }
    }
  }

  private void error(String place, String found, String expected) {
    broken = true;
    problems.error(place, found, expected);
  }
}
