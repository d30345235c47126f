package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.tls.ServerTls.Outcome;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One certificate of a listener, ready for handshakes. Thread-safe: shared by all loops. */
final class CertificateContext extends Shared implements Accepted {

  /** A client that does not read must not hold up the end of its flow. */
  private static final long CLOSE_NOTIFY_FLUSH_MILLIS = 500;

  private final StapledCertificate served;
  private final EngineContext context;
  private final Credentials credentials;
  private final @Nullable ClientVerifier clients;
  private final String @Nullable [] jdkGroups;
  private final InstantSource clock;

  /**
   * Takes over the context and the credentials and releases them at its end.
   *
   * @param credentials none for the JDK engine
   * @param clients null where clients are not asked for a certificate
   */
  CertificateContext(
      StapledCertificate served,
      EngineContext context,
      Credentials credentials,
      @Nullable ClientVerifier clients,
      String @Nullable [] jdkGroups,
      InstantSource clock) {
    this.served = served;
    this.context = context;
    this.credentials = credentials;
    this.clients = clients;
    this.jdkGroups = jdkGroups;
    this.clock = clock;
  }

  /**
   * What BoringSSL shows.
   *
   * @param plain null for the JDK engine
   * @param stapled the same with an OCSP response; null where there is none
   */
  record Credentials(@Nullable NativeCredential plain, @Nullable NativeCredential stapled) {
    static final Credentials NONE = new Credentials(null, null);

    void retain() {
      if (plain != null) {
        plain.retain();
      }
      if (stapled != null) {
        stapled.retain();
      }
    }

    void release() {
      if (plain != null) {
        plain.release();
      }
      if (stapled != null) {
        stapled.release();
      }
    }
  }

  StapledCertificate served() {
    return served;
  }

  LoadedCertificate certificate() {
    return served.certificate();
  }

  /** Who goes on using them retains them. */
  Credentials credentials() {
    return credentials;
  }

  EngineContext engineContext() {
    return context;
  }

  /** Fails with {@code IllegalReferenceCountException} after its last user has left. */
  @Override
  public SslHandler newHandler(ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator);
    boolean prepared = false;
    try {
      if (handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
        prepareNative(engine);
      } else {
        prepareJdk(handler.engine());
      }
      prepared = true;
    } finally {
      if (!prepared) {
        ReferenceCountUtil.release(handler.engine());
      }
    }
    handler.setHandshakeTimeoutMillis(0);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_FLUSH_MILLIS);
    handler.setCloseNotifyReadTimeoutMillis(0);
    return handler;
  }

  private void prepareNative(ReferenceCountedOpenSslEngine engine) {
    NativeCredential credential = credential();
    if (credential != null) {
      credential.addTo(engine.sslPointer());
    }
    if (!context.hasTickets()) {
      // Netty takes this option away from every engine that has TLS 1.3.
      SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
  }

  /** A response may go stale while it is in use, and is then left out. */
  private @Nullable NativeCredential credential() {
    Instant now = clock.instant();
    boolean shows = served.staple().filter(staple -> staple.isShown(now)).isPresent();
    return shows && credentials.stapled() != null ? credentials.stapled() : credentials.plain();
  }

  private void prepareJdk(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setUseCipherSuitesOrder(true);
    parameters.setNamedGroups(jdkGroups);
    engine.setSSLParameters(parameters);
  }

  @Override
  public Outcome completed(SslHandler handler, OptionalInt group) {
    SSLSession session = handler.engine().getSession();
    List<X509Certificate> presented = clientCertificates(session);
    if (clients != null && !presented.isEmpty()) {
      Optional<HandshakeFailure> failure = clients.recheck(presented);
      if (failure.isPresent()) {
        return new Outcome.Rejected(failure.get());
      }
    }
    if (handler instanceof StrictSslHandler own) {
      own.admitted();
    }
    String alpn = handler.applicationProtocol();
    return new Outcome.Done(
        new TlsFacts(
            session.getProtocol(),
            session.getCipherSuite(),
            group.isPresent() ? NamedGroup.nameOf(group.getAsInt()) : "none",
            isResumed(handler, session),
            alpn == null ? "" : alpn,
            certificate().name(),
            presented.stream().findFirst()));
  }

  /** Leaf first; empty where there is none. */
  private List<X509Certificate> clientCertificates(SSLSession session) {
    if (clients == null) {
      return List.of();
    }
    try {
      List<X509Certificate> presented = new ArrayList<>();
      for (Certificate certificate : session.getPeerCertificates()) {
        presented.add((X509Certificate) certificate);
      }
      return presented;
    } catch (SSLPeerUnverifiedException e) {
      // The way to say that there is none.
      return List.of();
    }
  }

  /** The JDK does not say; a resumed session is older than its handler. */
  private static boolean isResumed(SslHandler handler, SSLSession session) {
    if (handler.engine() instanceof ReferenceCountedOpenSslEngine own) {
      return SSL.isSessionReused(own.sslPointer());
    }
    return handler instanceof StrictSslHandler strict
        && session.getCreationTime() < strict.createdMillis();
  }

  @Override
  protected void destroy() {
    context.release();
    credentials.release();
  }

  @Override
  public String toString() {
    return served.toString();
  }
}
