package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.FileParts;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig.Verify;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.2 and 1.3 from Steelyard to the backends of one group, for flows and probes alike.
 * Immutable; handlers are made on any event loop.
 */
public final class BackendTls extends Shared {

  /** A backend that does not read must not hold up the end of its flow. */
  private static final long CLOSE_NOTIFY_FLUSH_MILLIS = 500;

  private final SslContext context;
  private final @Nullable NativeCredential credential;
  private final BackendTlsConfig settings;
  private final Ingredients ingredients;

  private BackendTls(
      SslContext context, @Nullable NativeCredential credential, Ingredients ingredients) {
    this.context = context;
    this.credential = credential;
    this.settings = ingredients.settings();
    this.ingredients = ingredients;
  }

  /** Everything that it is made of. */
  private record Ingredients(
      TlsEngine engine,
      BackendTlsConfig settings,
      List<X509Certificate> anchors,
      Optional<LoadedCertificate> own) {}

  /**
   * Loads trust anchors and our own certificate (blocking). For groups that speak TLS or probe with
   * it.
   *
   * @param earlier of the group's revision before: it is returned itself, with one user more, where
   *     nothing differs
   * @return empty where the problems got an error
   */
  public static Optional<BackendTls> prepare(
      ServerGroupConfig group, TlsLoading loading, Optional<BackendTls> earlier) {
    BackendTlsConfig settings = group.tls().orElse(BackendTlsConfig.DEFAULT);
    String path = "server-groups[" + group.name() + "].tls";
    Optional<List<X509Certificate>> anchors =
        settings.ca().isEmpty()
            ? Optional.of(List.of())
            : loading.backendAnchors(settings.ca().get(), group.name(), path);
    Optional<Optional<LoadedCertificate>> own = ownCertificate(settings, loading, path);
    if (anchors.isEmpty() || own.isEmpty()) {
      return Optional.empty();
    }
    Ingredients made = new Ingredients(loading.engine(), settings, anchors.get(), own.get());
    return earlier
        .filter(before -> before.ingredients.equals(made))
        .filter(Shared::tryRetain)
        .or(() -> build(made, path, loading.problems()));
  }

  /** The same for one group alone. */
  public static Optional<BackendTls> prepare(
      ServerGroupConfig group, BalancerDocument document, TlsEngine engine, Problems problems) {
    FileParts parts = FileParts.of(Optional.empty(), problems);
    try (TlsLoading loading = new TlsLoading(document, engine, parts, problems)) {
      return prepare(group, loading, Optional.empty());
    }
  }

  /** Empty outside: a problem. Empty inside: none is asked for. */
  @SuppressWarnings("OptionalMapToOptional") // the two absences differ
  private static Optional<Optional<LoadedCertificate>> ownCertificate(
      BackendTlsConfig settings, TlsLoading loading, String path) {
    if (settings.certificate().isEmpty()) {
      return Optional.of(Optional.empty());
    }
    String name = settings.certificate().get();
    Optional<CertificateConfig> config = loading.certificate(name);
    if (config.isEmpty()) {
      loading.problems().error(path + ".certificate", name, "the name of a certificate");
      return Optional.empty();
    }
    return loading.load(config.get()).map(certificate -> Optional.of(certificate));
  }

  private static Optional<BackendTls> build(Ingredients made, String path, Problems problems) {
    try {
      return Optional.of(build(made));
    } catch (TlsSetupException e) {
      String engine = made.engine().description();
      problems.error(path, e.getMessage(), "settings that " + engine + " takes");
      return Optional.empty();
    }
  }

  private static BackendTls build(Ingredients made) throws TlsSetupException {
    TlsEngine engine = made.engine();
    LoadedCertificate own = made.own().orElse(null);
    boolean natively = engine == TlsEngine.BORINGSSL;
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(engine.provider())
              .protocols(ProtocolVersion.TLS_1_2.text(), ProtocolVersion.TLS_1_3.text())
              // Netty would otherwise verify names by itself; the handler says so where it is
              // wanted.
              .endpointIdentificationAlgorithm(null);
      trust(builder, made.settings(), made.anchors());
      if (own != null) {
        builder.keyManager(natively ? FixedKey.natively() : FixedKey.of(own));
      }
      if (natively) {
        builder.option(OpenSslContextOption.USE_TASKS, false);
      }
      NativeCredential credential = natively && own != null ? NativeCredential.of(own) : null;
      SslContext context = builder.build();
      if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
        // A session is not worth its memory here, and one made for another name must never be taken
        // up.
        sessions.setSessionCacheEnabled(false);
      }
      return new BackendTls(context, credential, made);
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsSetupException("TLS to backends cannot be set up", e);
    }
  }

  private static void trust(
      SslContextBuilder builder, BackendTlsConfig settings, List<X509Certificate> anchors)
      throws GeneralSecurityException, IOException {
    if (settings.verify() == Verify.NONE) {
      builder.trustManager(TrustEveryone.INSTANCE);
      return;
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors.isEmpty() ? null : storeOf(anchors));
    builder.trustManager(factory);
  }

  private static KeyStore storeOf(List<X509Certificate> anchors)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < anchors.size(); i++) {
      store.setCertificateEntry("anchor-" + i, anchors.get(i));
    }
    return store;
  }

  /**
   * A client-side handler for one connection to that backend: SNI (none for IP literals),
   * verification as the group says, no timeout of its own.
   */
  public SslHandler newHandler(ByteBufAllocator allocator, BackendConfig backend) {
    String name = settings.serverName().orElse(backend.host());
    SslHandler handler = StrictSslHandler.of(context, allocator, name, backend.port());
    SSLParameters parameters = handler.engine().getSSLParameters();
    boolean literal = NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    parameters.setServerNames(literal ? List.of() : List.of(new SNIHostName(name)));
    if (settings.verify() == Verify.FULL) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    handler.engine().setSSLParameters(parameters);
    if (credential != null && handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      credential.addTo(engine.sslPointer());
    }
    handler.setHandshakeTimeoutMillis(0);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_FLUSH_MILLIS);
    handler.setCloseNotifyReadTimeoutMillis(0);
    return handler;
  }

  /** Releases native memory; no new handler afterwards, running connections keep theirs. */
  @Override
  protected void destroy() {
    ReferenceCountUtil.release(context);
    if (credential != null) {
      credential.release();
    }
  }
}
