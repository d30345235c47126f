package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.tls.ServerTls.Outcome;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import io.steelyard.wire.ServerHelloReader;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One certificate of a listener, ready for handshakes. Thread-safe: shared by all loops. */
final class CertificateContext extends Shared implements Accepted {

  private static final String HANDLER_NAME = "tls";

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

    /** Whether somebody else than BoringSSL signs. */
    boolean haveSigner() {
      return plain != null && plain.hasSigner();
    }

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

  @Override
  public void begin(ChannelHandlerContext hello, HandshakeTarget target) {
    switch (context) {
      case BoringSslContext own -> begin(own, hello, target);
      case NettyContext netty -> begin(netty, hello, target);
    }
  }

  private void begin(BoringSslContext own, ChannelHandlerContext hello, HandshakeTarget target) {
    BoringSslConnection connection = BoringSslConnection.open(own, credential());
    boolean begun = false;
    try {
      NativeTlsHandler handler = new NativeTlsHandler(connection, this, target);
      hello.pipeline().replace(hello.handler(), HANDLER_NAME, handler);
      begun = true;
    } finally {
      if (!begun) {
        connection.release();
      }
    }
  }

  private void begin(NettyContext netty, ChannelHandlerContext hello, HandshakeTarget target) {
    ChannelPipeline pipeline = hello.pipeline();
    SslHandler ssl = newHandler(netty, hello.alloc());
    GroupWatch groupWatch = new GroupWatch();
    pipeline.addAfter(hello.name(), null, new TlsStage(this, ssl, groupWatch, target));
    pipeline.addAfter(hello.name(), HANDLER_NAME, ssl);
    pipeline.replace(hello.handler(), null, groupWatch);
  }

  private SslHandler newHandler(NettyContext netty, ByteBufAllocator allocator) {
    SslHandler handler = netty.newHandler(allocator);
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
    credential().addTo(engine.sslPointer());
    if (!context.hasTickets()) {
      // Netty takes this option away from every engine that has TLS 1.3.
      SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
  }

  /** Of BoringSSL alone. A response may go stale while it is in use, and is then left out. */
  private NativeCredential credential() {
    NativeCredential stapled = credentials.stapled();
    if (stapled != null && served.staple().orElseThrow().isShown(clock.instant())) {
      return stapled;
    }
    return Objects.requireNonNull(credentials.plain(), "BoringSSL has its certificate natively");
  }

  private void prepareJdk(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setUseCipherSuitesOrder(true);
    parameters.setNamedGroups(jdkGroups);
    engine.setSSLParameters(parameters);
  }

  /**
   * What a handshake that our own handler has completed agreed on, after checking once more what a
   * resumed session may not walk round (expiry of the client's certificate, allow rules).
   *
   * @param hello ours
   */
  Outcome judge(BoringSslConnection connection, ServerHelloReader hello) {
    long ssl = connection.ssl();
    List<X509Certificate> presented =
        clients == null ? List.of() : BoringSslFacts.clientCertificates(ssl);
    Optional<HandshakeFailure> failure = recheck(presented);
    if (failure.isPresent()) {
      return new Outcome.Rejected(failure.get());
    }
    return new Outcome.Done(
        new TlsFacts(
            BoringSslFacts.version(hello),
            BoringSslFacts.cipher(ssl, hello),
            NamedGroup.nameOf(hello.group()),
            SSL.isSessionReused(ssl),
            connection.context().agreesOnAlpn() ? BoringSslFacts.alpn(ssl) : "",
            certificate().name(),
            presented.stream().findFirst()));
  }

  private Optional<HandshakeFailure> recheck(List<X509Certificate> presented) {
    return clients == null || presented.isEmpty() ? Optional.empty() : clients.recheck(presented);
  }

  /** The same of a handshake that Netty's handler has completed. */
  Outcome completed(SslHandler handler, OptionalInt group) {
    SSLSession session = handler.engine().getSession();
    List<X509Certificate> presented = clientCertificates(session);
    Optional<HandshakeFailure> failure = recheck(presented);
    if (failure.isPresent()) {
      return new Outcome.Rejected(failure.get());
    }
    String alpn = handler.applicationProtocol();
    return new Outcome.Done(
        new TlsFacts(
            session.getProtocol(),
            session.getCipherSuite(),
            NamedGroup.nameOf(group),
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
