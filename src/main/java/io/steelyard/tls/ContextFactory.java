package io.steelyard.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.config.TlsConfig;
import io.steelyard.tls.SecurityPolicy.Effective;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/** Builds Netty's contexts of one listener: all alike but for the certificate. */
final class ContextFactory {

  private final ContextSettings settings;
  private final TlsEngine engine;
  private final Effective policy;
  private final TlsConfig tls;
  private final X509ExtendedTrustManager clients;

  /**
   * One listener's.
   *
   * @param clients decides about client certificates
   */
  ContextFactory(ContextSettings settings, X509ExtendedTrustManager clients) {
    this.settings = settings;
    this.engine = settings.engine();
    this.policy = settings.policy();
    this.tls = settings.tls();
    this.clients = clients;
  }

  /** One that shows this certificate, for the JDK; the caller releases it. */
  NettyContext build(LoadedCertificate certificate) throws TlsSetupException {
    return build(FixedKey.of(certificate));
  }

  /** One whose connections are given their certificate, for BoringSSL; the caller releases it. */
  NettyContext build() throws TlsSetupException {
    return build(FixedKey.natively());
  }

  private NettyContext build(FixedKey key) throws TlsSetupException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(key)
              .sslProvider(engine.provider())
              .trustManager(clients)
              .clientAuth(clientAuth())
              .protocols(policy.protocolVersions().stream().map(ProtocolVersion::text).toList())
              .ciphers(
                  policy.suites().stream().map(CipherSuite::ianaName).toList(),
                  IdentityCipherSuiteFilter.INSTANCE)
              .applicationProtocolConfig(alpn(tls.alpn()))
              .sessionTimeout(sessionSeconds());
      if (engine == TlsEngine.BORINGSSL) {
        // Verification and signing run where the handshake does, on the flow's loop.
        builder.option(OpenSslContextOption.USE_TASKS, false);
        builder.option(OpenSslContextOption.GROUPS, boringSslGroups(policy));
      }
      SslContext context = builder.build();
      separateSessions(context);
      return new NettyContext(context, settings.tickets());
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsSetupException(engine.description() + " does not take the settings", e);
    }
  }

  /**
   * The JDK cannot be told for one context not to resume: the shortest lifetime comes nearest. With
   * BoringSSL a session is resumed by its ticket only, and without ticket keys there is none.
   */
  private long sessionSeconds() {
    return tls.session().tickets() ? tls.session().lifetime().toSeconds() : 1;
  }

  static String[] boringSslGroups(Effective policy) {
    return policy.namedGroups().stream().map(NamedGroup::boringSslName).toArray(String[]::new);
  }

  private ClientAuth clientAuth() {
    return switch (tls.clientAuth().mode()) {
      case NONE -> ClientAuth.NONE;
      case OPTIONAL -> ClientAuth.OPTIONAL;
      case REQUIRED -> ClientAuth.REQUIRE;
    };
  }

  /** No overlap never gets here: it is refused on the ClientHello. */
  static ApplicationProtocolConfig alpn(List<String> protocols) {
    if (protocols.isEmpty()) {
      return ApplicationProtocolConfig.DISABLED;
    }
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }

  /**
   * Danger: Netty gives every OpenSSL server context the same session id context, and with shared
   * ticket keys a ticket from a one-way listener then opens a mutual one without a certificate
   * (seen; the class of nginx CVE-2025-23419).
   */
  private void separateSessions(SslContext context) throws SSLException {
    if (context.sessionContext() instanceof OpenSslServerSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
      if (!sessions.setSessionIdContext(settings.sessionIdContext())) {
        ReferenceCountUtil.release(context);
        throw new SSLException("session id context refused");
      }
    }
  }
}
