package io.steelyard.config;

import java.util.List;

/** A document as read, before the rules that concern several of its parts. */
record Draft(
    List<Located<ListenerConfig>> listeners,
    List<Located<IpGroupConfig>> ipGroups,
    List<Located<CertificateConfig>> certificates,
    List<Located<ServerGroupConfig>> serverGroups) {

  BalancerDocument document() {
    return new BalancerDocument(
        configs(listeners), configs(ipGroups), configs(certificates), configs(serverGroups));
  }

  private static <T> List<T> configs(List<Located<T>> parts) {
    return parts.stream().map(Located::config).toList();
  }
}
