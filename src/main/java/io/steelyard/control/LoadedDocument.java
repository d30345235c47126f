package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Cidr;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.IpGroupEntries;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.listener.AccessList;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.TlsEngine;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A document with everything it names read from disk: certificates, trust anchors, access lists.
 * Nothing is bound and nothing runs. Holds native memory until closed.
 *
 * @param serverTls by listener
 * @param access by listener
 * @param backendTls by server group
 */
public record LoadedDocument(
    BalancerDocument document,
    Map<String, ServerTls> serverTls,
    Map<String, AccessList> access,
    Map<String, BackendTls> backendTls)
    implements AutoCloseable {

  /**
   * Reads all files (blocking), and goes on after a problem so that all are found at once.
   *
   * @return empty where the problems got an error; then nothing is held
   */
  public static Optional<LoadedDocument> load(
      BalancerDocument document, TlsEngine engine, Problems problems) {
    LoadedDocument loaded =
        new LoadedDocument(document, new HashMap<>(), new HashMap<>(), new HashMap<>());
    Map<String, List<Cidr>> networks = new HashMap<>();
    for (IpGroupConfig group : document.ipGroups()) {
      networks.put(group.name(), IpGroupEntries.read(group, problems));
    }
    for (ListenerConfig listener : document.listeners()) {
      if (listener.tls().isPresent()) {
        ServerTls.prepare(listener, document, engine, problems)
            .ifPresent(tls -> loaded.serverTls.put(listener.name(), tls));
      }
      listener
          .access()
          .ifPresent(access -> loaded.access.put(listener.name(), accessList(access, networks)));
    }
    for (ServerGroupConfig group : document.serverGroups()) {
      if (speaksTls(group)) {
        BackendTls.prepare(group, document, engine, problems)
            .ifPresent(tls -> loaded.backendTls.put(group.name(), tls));
      }
    }
    if (problems.hasErrors()) {
      loaded.close();
      return Optional.empty();
    }
    return Optional.of(loaded);
  }

  private static AccessList accessList(
      AccessConfig access, Map<String, List<Cidr>> networksByGroup) {
    List<Cidr> networks =
        access.ipGroups().stream()
            .flatMap(name -> networksByGroup.getOrDefault(name, List.of()).stream())
            .toList();
    return new AccessList(access.mode(), networks);
  }

  private static boolean speaksTls(ServerGroupConfig group) {
    HealthCheckConfig.Type probe = group.healthCheck().type();
    return group.tls().isPresent()
        || probe == HealthCheckConfig.Type.TLS
        || probe == HealthCheckConfig.Type.HTTPS;
  }

  /** Releases the native memory of the listeners' contexts; flows that run keep what they use. */
  void closeServerTls() {
    serverTls.values().forEach(ServerTls::close);
  }

  /**
   * Releases all native memory. Only where nothing was built of it: group runtimes close their own
   * contexts.
   */
  @Override
  public void close() {
    closeServerTls();
    backendTls.values().forEach(BackendTls::close);
  }
}
