package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Cidr;
import io.steelyard.config.FileKind;
import io.steelyard.config.FileParts;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.IpGroupEntries;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.listener.AccessList;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.RsaSigning;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.Shared;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import io.steelyard.tls.TlsLoading;
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
  private final TlsHandling handling;
  private final RsaSigning signing;
  private final FileParts parts;
  private final Map<String, ServerTls> serverTls = new HashMap<>();
  private final Map<String, AccessList> access = new HashMap<>();
  private final Map<String, BackendTls> backendTls = new HashMap<>();

  /** The networks of each access list, to know it again. */
  private final Map<String, List<List<Cidr>>> networks = new HashMap<>();

  private LoadedDocument(
      BalancerDocument document, TlsHandling handling, RsaSigning signing, FileParts parts) {
    this.document = document;
    this.handling = handling;
    this.signing = signing;
    this.parts = parts;
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
      TlsHandling handling,
      RsaSigning signing,
      Optional<LoadedDocument> earlier,
      Problems problems) {
    FileParts parts = FileParts.of(earlier.map(before -> before.parts), problems);
    return assemble(document, engine, handling, signing, parts, earlier, problems);
  }

  /** The same to look at it, not to serve. */
  public static Optional<LoadedDocument> load(
      BalancerDocument document,
      TlsEngine engine,
      Optional<LoadedDocument> earlier,
      Problems problems) {
    return load(document, engine, TlsHandling.NATIVE, RsaSigning.byBoringSsl(), earlier, problems);
  }

  /**
   * Puts a document together.
   *
   * @param parts of its files
   * @param problems gets what is wrong beyond the files
   */
  static Optional<LoadedDocument> assemble(
      BalancerDocument document,
      TlsEngine engine,
      TlsHandling handling,
      RsaSigning signing,
      FileParts parts,
      Optional<LoadedDocument> earlier,
      Problems problems) {
    LoadedDocument loaded = new LoadedDocument(document, handling, signing, parts);
    boolean complete = false;
    try (TlsLoading loading =
        new TlsLoading(document, engine, handling, signing, parts, problems)) {
      complete = loaded.fill(loading, earlier);
    } finally {
      parts.filled();
      if (!complete || problems.hasErrors()) {
        loaded.release();
      }
    }
    return complete && !problems.hasErrors() ? Optional.of(loaded) : Optional.empty();
  }

  /** Goes on after a problem; false where something is missing. */
  private boolean fill(TlsLoading loading, Optional<LoadedDocument> earlier) {
    Map<String, List<Cidr>> networksByGroup = new HashMap<>();
    for (IpGroupConfig group : document.ipGroups()) {
      ipGroup(group).ifPresent(found -> networksByGroup.put(group.name(), found));
    }
    boolean complete = networksByGroup.size() == document.ipGroups().size();
    for (ListenerConfig listener : document.listeners()) {
      String name = listener.name();
      if (listener.tls().isPresent()) {
        Optional<ServerTls> before = earlier.map(all -> all.serverTls.get(name));
        Optional<ServerTls> tls = ServerTls.prepare(listener, loading, before);
        tls.ifPresent(ready -> serverTls.put(name, ready));
        complete &= tls.isPresent();
      }
      listener
          .access()
          .ifPresent(
              wanted -> access.put(name, accessList(name, wanted, networksByGroup, earlier)));
    }
    for (ServerGroupConfig group : document.serverGroups()) {
      if (speaksTls(group)) {
        Optional<BackendTls> before = earlier.map(all -> all.backendTls.get(group.name()));
        Optional<BackendTls> tls = BackendTls.prepare(group, loading, before);
        tls.ifPresent(ready -> backendTls.put(group.name(), ready));
        complete &= tls.isPresent();
      }
    }
    return complete;
  }

  private Optional<List<Cidr>> ipGroup(IpGroupConfig group) {
    return parts.get(
        new FileParts.Key(FileKind.IP_GROUP, group.name(), group),
        "",
        group.file().stream().toList(),
        "",
        (contents, found) -> Optional.of(IpGroupEntries.read(group, found)));
  }

  private AccessList accessList(
      String listener,
      AccessConfig wanted,
      Map<String, List<Cidr>> networksByGroup,
      Optional<LoadedDocument> earlier) {
    List<List<Cidr>> used =
        wanted.ipGroups().stream()
            .map(group -> networksByGroup.getOrDefault(group, List.of()))
            .toList();
    networks.put(listener, used);
    Optional<AccessList> before =
        earlier
            .filter(all -> all.isAccess(listener, wanted, used))
            .map(all -> all.access.get(listener));
    return before.orElseGet(
        () -> new AccessList(wanted.mode(), used.stream().flatMap(List::stream).toList()));
  }

  /** By identity: an ip-group whose content is the same is the same list. */
  private boolean isAccess(String listener, AccessConfig wanted, List<List<Cidr>> used) {
    List<List<Cidr>> own = networks.getOrDefault(listener, List.of());
    boolean same = own.size() == used.size();
    for (int i = 0; same && i < used.size(); i++) {
      same = own.get(i) == used.get(i);
    }
    Optional<AccessConfig.Mode> mode =
        document.listeners().stream()
            .filter(one -> one.name().equals(listener))
            .flatMap(one -> one.access().stream())
            .map(AccessConfig::mode)
            .findFirst();
    return same && mode.equals(Optional.of(wanted.mode()));
  }

  private static boolean speaksTls(ServerGroupConfig group) {
    HealthCheckConfig.Type probe = group.healthCheck().type();
    return group.tls().isPresent()
        || probe == HealthCheckConfig.Type.TLS
        || probe == HealthCheckConfig.Type.HTTPS;
  }

  /** What its files held. */
  FileParts parts() {
    return parts;
  }

  /** Who carries its clients' records. */
  TlsHandling handling() {
    return handling;
  }

  /** Who signs with RSA keys. */
  RsaSigning signing() {
    return signing;
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
