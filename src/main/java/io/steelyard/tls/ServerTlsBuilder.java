package io.steelyard.tls;

import io.steelyard.config.CertificateConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.Session;
import io.steelyard.tls.LoadedCertificate.KeyType;
import io.steelyard.tls.SecurityPolicy.Effective;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Prepares one listener's {@link ServerTls}: every problem of it is found before it is given up.
 * What an earlier revision has prepared alike is taken over. Blocking.
 */
final class ServerTlsBuilder {

  /** Configuration's bound on one listener. */
  private static final int MAX_CERTIFICATES = 10_000;

  private final ListenerConfig listener;
  private final TlsConfig tls;
  private final TlsLoading loading;
  private final Problems problems;
  private final Optional<ServerTls> earlier;
  private final String path;

  ServerTlsBuilder(ListenerConfig listener, TlsLoading loading, Optional<ServerTls> earlier) {
    this.listener = listener;
    this.tls = listener.tls().orElseThrow();
    this.loading = loading;
    this.problems = loading.problems();
    this.earlier = earlier;
    this.path = "listeners[" + listener.name() + "].tls";
  }

  Optional<ServerTls> build() {
    Optional<Effective> policy = PolicyRules.resolve(tls, path, loading.engine(), problems);
    Optional<List<StapledCertificate>> certificates = loadCertificates();
    Optional<TrustedClients> clients = loading.clients(tls.clientAuth(), path + ".client-auth");
    Optional<Optional<TicketKeys>> tickets = tickets();
    if (policy.isEmpty() || certificates.isEmpty() || clients.isEmpty() || tickets.isEmpty()) {
      return Optional.empty();
    }
    Set<KeyType> types = EnumSet.noneOf(KeyType.class);
    certificates.get().forEach(served -> types.add(served.certificate().keyType()));
    if (!PolicyRules.checkKeyTypes(policy.get(), types, path, problems)) {
      return Optional.empty();
    }
    ContextSettings settings =
        ContextSettings.of(
            loading.engine(),
            loading.handling(),
            listener,
            policy.get(),
            clients.get(),
            tickets.get().orElse(null));
    return earlier
        .filter(before -> isSame(before, settings, certificates.get()))
        .filter(Shared::tryRetain)
        .or(() -> assemble(settings, certificates.get()));
  }

  private boolean isSame(
      ServerTls before, ContextSettings settings, List<StapledCertificate> certificates) {
    return before.config().equals(tls)
        && before.settings().equals(settings)
        && before.contexts().stream().map(CertificateContext::served).toList().equals(certificates);
  }

  private Optional<List<StapledCertificate>> loadCertificates() {
    String place = path + ".certificates";
    int count = tls.certificates().size();
    if (count == 0 || count > MAX_CERTIFICATES) {
      problems.error(place, count + " certificates", "1.." + MAX_CERTIFICATES);
      return Optional.empty();
    }
    List<StapledCertificate> loaded = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = tls.certificates().get(i);
      Optional<CertificateConfig> config = loading.certificate(name);
      if (config.isEmpty()) {
        problems.error(place + "[" + i + "]", name, "the name of a certificate");
        continue;
      }
      config.flatMap(loading::loadStapled).ifPresent(loaded::add);
    }
    List<SniTable.Clash> clashes =
        SniTable.clashes(loaded.stream().map(StapledCertificate::certificate).toList());
    for (SniTable.Clash clash : clashes) {
      String pair = clash.first().name() + " and " + clash.second().name();
      String found = pair + ", both " + clash.first().keyType() + " for " + clash.name();
      problems.error(place, found, "one certificate of a key type for each name");
    }
    boolean complete = loaded.size() == count && clashes.isEmpty();
    return complete ? Optional.of(loaded) : Optional.empty();
  }

  /** Empty outside: a problem. Empty inside: sessions are not resumed. */
  @SuppressWarnings("OptionalMapToOptional") // the two absences differ
  private Optional<Optional<TicketKeys>> tickets() {
    Session session = tls.session();
    if (!session.tickets()) {
      return Optional.of(Optional.empty());
    }
    if (session.keyFile().isPresent()) {
      return loading
          .ticketKeys(session.keyFile().get(), path + ".session")
          .map(keys -> Optional.of(keys));
    }
    TicketKeys own =
        earlier
            .map(before -> before.settings().tickets())
            .filter(keys -> !keys.areOfFile())
            .map(keys -> keys.withLifetime(session.lifetime()))
            .orElseGet(() -> loading.freshTicketKeys(session.lifetime()));
    return Optional.of(Optional.of(own));
  }

  private Optional<ServerTls> assemble(
      ContextSettings settings, List<StapledCertificate> certificates) {
    List<CertificateContext> contexts = new ArrayList<>();
    try (Assembly assembly = new Assembly(settings)) {
      for (StapledCertificate served : certificates) {
        try {
          contexts.add(assembly.context(served));
        } catch (TlsSetupException e) {
          contexts.forEach(CertificateContext::release);
          String name = served.certificate().name();
          problems.error("certificates[" + name + "]", e.getMessage(), "one it takes");
          return Optional.empty();
        }
      }
    }
    return Optional.of(new ServerTls(tls, settings, contexts));
  }

  /** The contexts of one listener in the making. */
  private final class Assembly implements AutoCloseable {

    private final ContextSettings settings;
    private final ContextFactory factory;
    private final ClientVerifier verifier;
    private final @Nullable ClientVerifier clients;
    private final Map<StapledCertificate, CertificateContext> known = new HashMap<>();
    private final boolean sameSettings;
    private @Nullable EngineContext common;

    /** Of the certificates whose keys somebody else signs with; the others never see tasks. */
    private @Nullable EngineContext asking;

    Assembly(ContextSettings settings) {
      this.settings = settings;
      this.verifier =
          new ClientVerifier(
              settings.clients(),
              tls.clientAuth().depth(),
              tls.clientAuth().allow().map(AllowList::new),
              loading.clock(),
              loading.engine());
      this.clients = settings.asksClients() ? verifier : null;
      this.factory = new ContextFactory(settings, verifier);
      earlier
          .map(ServerTls::contexts)
          .orElse(List.of())
          .forEach(context -> known.put(context.served(), context));
      this.sameSettings = earlier.map(before -> before.settings().equals(settings)).orElse(false);
      if (sameSettings) {
        earlier.orElseThrow().contexts().forEach(before -> takeOver(before.engineContext()));
      }
    }

    private void takeOver(EngineContext context) {
      boolean asks = asks(context);
      EngineContext known = asks ? asking : common;
      if (loading.engine() != TlsEngine.BORINGSSL || known != null || !context.tryRetain()) {
        return;
      }
      if (asks) {
        asking = context;
      } else {
        common = context;
      }
    }

    private static boolean asks(EngineContext context) {
      return context instanceof BoringSslContext own && own.asksForKeys();
    }

    CertificateContext context(StapledCertificate served) throws TlsSetupException {
      CertificateContext before = known.get(served);
      if (sameSettings && before != null && before.tryRetain()) {
        return before;
      }
      return loading.engine() == TlsEngine.JDK ? jdk(served) : natively(served);
    }

    private CertificateContext jdk(StapledCertificate served) throws TlsSetupException {
      String[] groups =
          settings.policy().namedGroups().stream().map(NamedGroup::jdkName).toArray(String[]::new);
      return new CertificateContext(
          served,
          factory.build(served.certificate()),
          CertificateContext.Credentials.NONE,
          clients,
          groups,
          loading.clock());
    }

    private CertificateContext natively(StapledCertificate served) throws TlsSetupException {
      CertificateContext.Credentials credentials = credentials(served);
      boolean done = false;
      try {
        EngineContext context = credentials.haveSigner() ? asking() : common();
        context.retain();
        done = true;
        return new CertificateContext(served, context, credentials, clients, null, loading.clock());
      } finally {
        if (!done) {
          credentials.release();
        }
      }
    }

    private EngineContext common() throws TlsSetupException {
      EngineContext context = common;
      if (context == null) {
        context =
            settings.handling() == TlsHandling.NATIVE
                ? BoringSslContextFactory.build(settings, verifier, false)
                : factory.build();
        common = context;
      }
      return context;
    }

    private EngineContext asking() throws TlsSetupException {
      EngineContext context = asking;
      if (context == null) {
        context = BoringSslContextFactory.build(settings, verifier, true);
        asking = context;
      }
      return context;
    }

    /** A certificate is parsed anew only where it differs. */
    private CertificateContext.Credentials credentials(StapledCertificate served)
        throws TlsSetupException {
      CertificateContext before = known.get(served);
      if (before == null) {
        return loading.credentials(served);
      }
      before.credentials().retain();
      return before.credentials();
    }

    @Override
    public void close() {
      if (common != null) {
        common.release();
      }
      if (asking != null) {
        asking.release();
      }
    }
  }
}
