package io.steelyard.tls;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.tls.LoadedCertificate.KeyType;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** A TLS client of either engine that trusts every server and keeps its sessions. */
final class TestClient implements AutoCloseable {

  private final SslContext context;

  private TestClient(SslContext context) {
    this.context = context;
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      // Netty's OpenSSL clients take TLS 1.2 tickets only when told to.
      sessions.setTicketKeys();
    }
  }

  static TestClient boringSsl(Consumer<SslContextBuilder> settings) {
    return of(SslProvider.OPENSSL_REFCNT, settings);
  }

  static TestClient jdk(Consumer<SslContextBuilder> settings) {
    return of(SslProvider.JDK, settings);
  }

  static TestClient plain() {
    return boringSsl(builder -> {});
  }

  static TestClient version(String version) {
    return boringSsl(builder -> builder.protocols(version));
  }

  private static TestClient of(SslProvider provider, Consumer<SslContextBuilder> settings) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(provider)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null);
    settings.accept(builder);
    try {
      return new TestClient(builder.build());
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  static Consumer<SslContextBuilder> suites(String version, String... ianaNames) {
    return builder ->
        builder.protocols(version).ciphers(List.of(ianaNames), IdentityCipherSuiteFilter.INSTANCE);
  }

  static Consumer<SslContextBuilder> groups(String... names) {
    return builder -> builder.option(OpenSslContextOption.GROUPS, names);
  }

  /** Shows it whichever issuers the server asks for. */
  static Consumer<SslContextBuilder> certificate(IssuedCertificate own) {
    KeyType type = own.key().getAlgorithm().equals("RSA") ? KeyType.RSA : KeyType.ECDSA;
    Instant end = own.leaf().getNotAfter().toInstant();
    LoadedCertificate loaded =
        new LoadedCertificate("own", own.chain(), own.key(), type, "", Set.of(), end);
    return builder -> builder.keyManager(FixedKey.of(loaded));
  }

  /** A connection that asks for that name; none where it is empty. */
  SslHandler connect(String serverName) {
    SslHandler handler = context.newHandler(UnpooledByteBufAllocator.DEFAULT, "peer", 443);
    if (!serverName.isEmpty()) {
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
      handler.engine().setSSLParameters(parameters);
    }
    return handler;
  }

  static boolean isResumed(SslHandler handler) {
    return SSL.isSessionReused(((ReferenceCountedOpenSslEngine) handler.engine()).sslPointer());
  }

  @Override
  public void close() {
    ReferenceCountUtil.release(context);
  }
}
