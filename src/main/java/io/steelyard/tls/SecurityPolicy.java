package io.steelyard.tls;

import java.util.ArrayList;
import java.util.List;

/**
 * Versions, suites and groups that a listener offers, as the policy table writes them.
 *
 * @param origin whose vocabulary the name is from
 * @param versions oldest first
 * @param suites OpenSSL names in the server's order, TLS 1.3 ones last by their IANA names
 * @param groups IANA names in the server's order
 */
public record SecurityPolicy(
    String name, String origin, List<String> versions, List<String> suites, List<String> groups) {

  public SecurityPolicy {
    versions = List.copyOf(versions);
    suites = List.copyOf(suites);
    groups = List.copyOf(groups);
  }

  /** What an engine really negotiates of it, and what it cannot do. Loads the engine (blocking). */
  public Effective effective(TlsEngine engine) {
    EngineAbilities abilities = engine.abilities();
    List<String> missingVersions = new ArrayList<>();
    List<VersionSuites> served = new ArrayList<>();
    for (String text : versions) {
      ProtocolVersion version = ProtocolVersion.named(text).orElseThrow();
      if (!abilities.versions().contains(version)) {
        missingVersions.add(text);
        continue;
      }
      served.add(new VersionSuites(text, suitesOf(version, abilities)));
    }
    return new Effective(
        this,
        engine.description(),
        served,
        groups.stream().filter(name -> has(abilities, name)).toList(),
        missingVersions,
        suites.stream().filter(name -> !abilities.suites().contains(name)).toList(),
        groups.stream().filter(name -> !has(abilities, name)).toList());
  }

  private static boolean has(EngineAbilities abilities, String group) {
    return NamedGroup.named(group).filter(abilities.groups()::contains).isPresent();
  }

  private List<String> suitesOf(ProtocolVersion version, EngineAbilities abilities) {
    if (version == ProtocolVersion.TLS_1_3 && !abilities.fixedTls13().isEmpty()) {
      return abilities.fixedTls13();
    }
    return suites.stream()
        .filter(name -> CipherSuite.named(name).orElseThrow().fits(version))
        .filter(abilities.suites()::contains)
        .toList();
  }

  /**
   * A policy in an engine's hands.
   *
   * @param versions those it serves, oldest first
   * @param groups in the server's order
   */
  public record Effective(
      SecurityPolicy policy,
      String engine,
      List<VersionSuites> versions,
      List<String> groups,
      List<String> missingVersions,
      List<String> missingSuites,
      List<String> missingGroups) {

    /** Every suite that can be negotiated, in order, each once. */
    List<CipherSuite> suites() {
      return versions.stream()
          .flatMap(version -> version.suites().stream())
          .distinct()
          .map(name -> CipherSuite.named(name).orElseThrow())
          .sorted((left, right) -> Integer.compare(rank(left), rank(right)))
          .toList();
    }

    private int rank(CipherSuite suite) {
      int at = policy.suites().indexOf(suite.openSslName());
      return at < 0 ? Integer.MAX_VALUE : at;
    }

    List<ProtocolVersion> protocolVersions() {
      return versions.stream()
          .map(served -> ProtocolVersion.named(served.version()).orElseThrow())
          .toList();
    }

    List<NamedGroup> namedGroups() {
      return groups.stream().map(name -> NamedGroup.named(name).orElseThrow()).toList();
    }
  }

  /** The suites negotiated in one version, in the server's order. */
  public record VersionSuites(String version, List<String> suites) {
    public VersionSuites {
      suites = List.copyOf(suites);
    }
  }
}
