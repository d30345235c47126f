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
import io.steelyard.tls.Shared;
import io.steelyard.tls.TlsEngine;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A document with everything it names read from disk: certificates, trust anchors, access lists.
 * Nothing is bound and nothing runs. Holds one reference to each TLS part until its last user has
 * released it; who goes on using a part retains that part.
 */
public final class LoadedDocument extends Shared {

  private final BalancerDocument document;
  private final Map<String, ServerTls> serverTls = new HashMap<>();
  private final Map<String, AccessList> access = new HashMap<>();
  private final Map<String, BackendTls> backendTls = new HashMap<>();

  private LoadedDocument(BalancerDocument document) {
    this.document = document;
  }

  /**
   * Reads all files (blocking), and goes on after a problem so that all are found at once.
   *
   * @param earlier what runs now: parts of it whose settings and files' contents are the same are
   *     taken over, and a listener's tickets stay good
   * @return empty where the problems got an error; then nothing is held
   */
  public static Optional<LoadedDocument> load(
      BalancerDocument document,
      TlsEngine engine,
      Optional<LoadedDocument> earlier,
      Problems problems) {
    LoadedDocument loaded = new LoadedDocument(document);
    Map<String, List<Cidr>> networks = new HashMap<>();
    for (IpGroupConfig group : document.ipGroups()) {
      networks.put(group.name(), IpGroupEntries.read(group, problems));
    }
    for (ListenerConfig listener : document.listeners()) {
      if (listener.tls().isPresent()) {
        ServerTls.prepare(listener, document, engine, problems)
            .ifPresent(
                tls -> {
                  earlier
                      .map(before -> before.serverTls.get(listener.name()))
                      .ifPresent(tls::adoptTicketKeys);
                  loaded.serverTls.put(listener.name(), tls);
                });
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
      loaded.release();
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

  /** As the operator wrote it. */
  public BalancerDocument document() {
    return document;
  }

  /** By listener; for those that have {@code tls}. */
  public Map<String, ServerTls> serverTls() {
    return Collections.unmodifiableMap(serverTls);
  }

  /** By listener; for those that have {@code access}. */
  public Map<String, AccessList> access() {
    return Collections.unmodifiableMap(access);
  }

  /** By server group; for those that speak TLS to their backends or probe with it. */
  public Map<String, BackendTls> backendTls() {
    return Collections.unmodifiableMap(backendTls);
  }

  @Override
  protected void destroy() {
    serverTls.values().forEach(ServerTls::release);
    backendTls.values().forEach(BackendTls::release);
  }
}
