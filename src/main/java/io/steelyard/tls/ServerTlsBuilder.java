package io.steelyard.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.tls.LoadedCertificate.KeyType;
import io.steelyard.tls.SecurityPolicy.Effective;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Prepares one listener's {@link ServerTls}: every problem of it is found before it is given up.
 * Blocking.
 */
final class ServerTlsBuilder {

  /** Configuration's bound on one listener. */
  private static final int MAX_CERTIFICATES = 10_000;

  private final ListenerConfig listener;
  private final TlsConfig tls;
  private final BalancerDocument document;
  private final TlsEngine engine;
  private final Problems problems;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final String path;

  ServerTlsBuilder(
      ListenerConfig listener,
      BalancerDocument document,
      TlsEngine engine,
      Problems problems,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.listener = listener;
    this.tls = listener.tls().orElseThrow();
    this.document = document;
    this.engine = engine;
    this.problems = problems;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.path = "listeners[" + listener.name() + "].tls";
  }

  Optional<ServerTls> build() {
    Optional<Effective> policy = PolicyRules.resolve(tls, path, engine, problems);
    Optional<List<LoadedCertificate>> certificates = loadCertificates();
    Optional<List<X509Certificate>> anchors = readAnchors();
    if (policy.isEmpty() || certificates.isEmpty() || anchors.isEmpty()) {
      return Optional.empty();
    }
    Set<KeyType> types = EnumSet.noneOf(KeyType.class);
    certificates.get().forEach(certificate -> types.add(certificate.keyType()));
    if (!PolicyRules.checkKeyTypes(policy.get(), types, path, problems)) {
      return Optional.empty();
    }
    return assemble(policy.get(), certificates.get(), anchors.get());
  }

  private Optional<List<LoadedCertificate>> loadCertificates() {
    String place = path + ".certificates";
    int count = tls.certificates().size();
    if (count == 0 || count > MAX_CERTIFICATES) {
      problems.error(place, count + " certificates", "1.." + MAX_CERTIFICATES);
      return Optional.empty();
    }
    CertificateLoader loader = new CertificateLoader(clock, problems);
    List<LoadedCertificate> loaded = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = tls.certificates().get(i);
      Optional<CertificateConfig> config = document.certificate(name);
      if (config.isEmpty()) {
        problems.error(place + "[" + i + "]", name, "the name of a certificate");
        continue;
      }
      config.flatMap(loader::load).ifPresent(loaded::add);
    }
    List<SniTable.Clash> clashes = SniTable.clashes(loaded);
    for (SniTable.Clash clash : clashes) {
      String pair = clash.first().name() + " and " + clash.second().name();
      String found = pair + ", both " + clash.first().keyType() + " for " + clash.name();
      problems.error(place, found, "one certificate of a key type for each name");
    }
    boolean complete = loaded.size() == count && clashes.isEmpty();
    return complete ? Optional.of(loaded) : Optional.empty();
  }

  private Optional<List<X509Certificate>> readAnchors() {
    ClientAuth auth = tls.clientAuth();
    if (auth.mode() == ClientAuth.Mode.NONE) {
      return Optional.of(List.of());
    }
    String place = path + ".client-auth.ca";
    if (auth.ca().isEmpty()) {
      problems.error(place, "none", "a PEM bundle of CA certificates");
      return Optional.empty();
    }
    return TrustAnchors.read(auth.ca().get(), place, problems);
  }

  private Optional<ServerTls> assemble(
      Effective policy, List<LoadedCertificate> certificates, List<X509Certificate> anchors) {
    ClientVerifier clients = clientVerifier(anchors);
    X509ExtendedTrustManager trust =
        clients != null
            ? clients
            : new ClientVerifier(List.of(), 1, Optional.empty(), clock, engine);
    ContextFactory factory =
        new ContextFactory(engine, policy, tls, trust, sessionIdContext(anchors));
    TicketKeys tickets =
        tls.session().tickets() ? new TicketKeys(tls.session().lifetime(), nanoTime) : null;
    List<CertificateContext> contexts = new ArrayList<>();
    for (LoadedCertificate certificate : certificates) {
      try {
        contexts.add(context(factory, certificate, policy, tickets, clients));
      } catch (TlsSetupException e) {
        contexts.forEach(CertificateContext::close);
        problems.error("certificates[" + certificate.name() + "]", e.getMessage(), "one it takes");
        return Optional.empty();
      }
    }
    return Optional.of(new ServerTls(tls, new HelloMatch(policy), contexts, tickets));
  }

  private CertificateContext context(
      ContextFactory factory,
      LoadedCertificate certificate,
      Effective policy,
      @Nullable TicketKeys tickets,
      @Nullable ClientVerifier clients)
      throws TlsSetupException {
    SslContext context = factory.build(certificate);
    if (engine == TlsEngine.JDK) {
      String[] groups =
          policy.namedGroups().stream().map(NamedGroup::jdkName).toArray(String[]::new);
      return new CertificateContext(certificate, context, null, tickets, clients, groups);
    }
    try {
      NativeCredential credential = NativeCredential.of(certificate);
      return new CertificateContext(certificate, context, credential, tickets, clients, null);
    } catch (TlsSetupException e) {
      ReferenceCountUtil.release(context);
      throw e;
    }
  }

  private @Nullable ClientVerifier clientVerifier(List<X509Certificate> anchors) {
    ClientAuth auth = tls.clientAuth();
    if (auth.mode() == ClientAuth.Mode.NONE) {
      return null;
    }
    Optional<AllowList> allow = auth.allow().map(AllowList::new);
    return new ClientVerifier(anchors, auth.depth(), allow, clock, engine);
  }

  /** A session resumes only where everything that let its client in is still the same. */
  private byte[] sessionIdContext(List<X509Certificate> anchors) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ClientAuth auth = tls.clientAuth();
      add(digest, listener.name());
      add(digest, auth.mode().name());
      add(digest, Integer.toString(auth.depth()));
      for (X509Certificate anchor : anchors) {
        digest.update(anchor.getEncoded());
      }
      addRules(digest, auth.allow());
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void addRules(MessageDigest digest, Optional<AllowRules> allow) {
    add(digest, Boolean.toString(allow.isPresent()));
    List<List<String>> kinds =
        allow
            .map(rules -> List.of(rules.cn(), rules.dns(), rules.uri(), rules.fingerprint()))
            .orElse(List.of());
    for (List<String> kind : kinds) {
      add(digest, Integer.toString(kind.size()));
      kind.forEach(rule -> add(digest, rule));
    }
  }

  /** With its length before it, so that no two different settings run together to the same text. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
    digest.update((byte) ':');
    digest.update(bytes);
  }
}
