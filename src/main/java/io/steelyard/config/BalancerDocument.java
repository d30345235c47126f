package io.steelyard.config;

import java.util.List;
import java.util.Optional;

/**
 * The balancer document: everything an operator may change while Steelyard runs. File names in it
 * are absolute (the reader resolves them against the document's directory).
 */
public record BalancerDocument(
    List<ListenerConfig> listeners,
    List<IpGroupConfig> ipGroups,
    List<CertificateConfig> certificates,
    List<ServerGroupConfig> serverGroups) {

  public BalancerDocument {
    listeners = List.copyOf(listeners);
    ipGroups = List.copyOf(ipGroups);
    certificates = List.copyOf(certificates);
    serverGroups = List.copyOf(serverGroups);
  }

  /** The server group of that name. */
  public Optional<ServerGroupConfig> serverGroup(String name) {
    return serverGroups.stream().filter(group -> group.name().equals(name)).findFirst();
  }

  /** The certificate of that name. */
  public Optional<CertificateConfig> certificate(String name) {
    return certificates.stream().filter(certificate -> certificate.name().equals(name)).findFirst();
  }

  /** The ip-group of that name. */
  public Optional<IpGroupConfig> ipGroup(String name) {
    return ipGroups.stream().filter(group -> group.name().equals(name)).findFirst();
  }
}
