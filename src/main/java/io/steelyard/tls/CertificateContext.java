package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SessionTicketKey;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.tls.ServerTls.Outcome;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One certificate's context of a listener. Thread-safe: shared by all loops. */
final class CertificateContext implements Accepted, AutoCloseable {

  /** A client that does not read must not hold up the end of its flow. */
  private static final long CLOSE_NOTIFY_FLUSH_MILLIS = 500;

  private final LoadedCertificate certificate;
  private final SslContext context;
  private final @Nullable NativeCredential credential;
  private final @Nullable TicketKeys tickets;
  private final @Nullable ClientVerifier clients;
  private final String @Nullable [] jdkGroups;
  private final AtomicInteger ticketGeneration = new AtomicInteger(-1);

  /**
   * Takes over the context and the credential and releases them on close.
   *
   * @param credential null for the JDK engine
   * @param tickets null where sessions are not resumed
   * @param clients null where clients are not asked for a certificate
   */
  CertificateContext(
      LoadedCertificate certificate,
      SslContext context,
      @Nullable NativeCredential credential,
      @Nullable TicketKeys tickets,
      @Nullable ClientVerifier clients,
      String @Nullable [] jdkGroups) {
    this.certificate = certificate;
    this.context = context;
    this.credential = credential;
    this.tickets = tickets;
    this.clients = clients;
    this.jdkGroups = jdkGroups;
  }

  LoadedCertificate certificate() {
    return certificate;
  }

  /** Fails with {@code IllegalReferenceCountException} after {@link #close}. */
  @Override
  public SslHandler newHandler(ByteBufAllocator allocator) {
    SslHandler handler = StrictSslHandler.of(context, allocator);
    boolean prepared = false;
    try {
      useCurrentTicketKeys();
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
    if (credential != null) {
      credential.addTo(engine.sslPointer());
    }
    if (tickets == null) {
      // Netty takes this option away from every engine that has TLS 1.3.
      SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
  }

  private void prepareJdk(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setUseCipherSuitesOrder(true);
    parameters.setNamedGroups(jdkGroups);
    engine.setSSLParameters(parameters);
  }

  /** Called for each handshake, does something once a period. */
  private void useCurrentTicketKeys() {
    if (tickets == null || !(context.sessionContext() instanceof OpenSslServerSessionContext own)) {
      return;
    }
    TicketKeys.Generation generation = tickets.current();
    int used = ticketGeneration.get();
    if (used == generation.number() || !ticketGeneration.compareAndSet(used, generation.number())) {
      return;
    }
    own.setTicketKeys(
        generation.keys().stream()
            .map(CertificateContext::nativeKey)
            .toArray(OpenSslSessionTicketKey[]::new));
  }

  private static OpenSslSessionTicketKey nativeKey(byte[] key) {
    int name = SessionTicketKey.NAME_SIZE;
    int hmac = name + SessionTicketKey.HMAC_KEY_SIZE;
    return new OpenSslSessionTicketKey(
        Arrays.copyOfRange(key, 0, name),
        Arrays.copyOfRange(key, name, hmac),
        Arrays.copyOfRange(key, hmac, TicketKeys.KEY_BYTES));
  }

  @Override
  public Outcome completed(SslHandler handler, OptionalInt group) {
    SSLSession session = handler.engine().getSession();
    Optional<X509Certificate> client = clientCertificate(session);
    if (clients != null && client.isPresent()) {
      Optional<HandshakeFailure> failure = clients.recheck(client.get());
      if (failure.isPresent()) {
        return new Outcome.Rejected(failure.get());
      }
    }
    String alpn = handler.applicationProtocol();
    return new Outcome.Done(
        new TlsFacts(
            session.getProtocol(),
            session.getCipherSuite(),
            group.isPresent() ? NamedGroup.nameOf(group.getAsInt()) : "none",
            isResumed(handler, session),
            alpn == null ? "" : alpn,
            certificate.name(),
            client));
  }

  private Optional<X509Certificate> clientCertificate(SSLSession session) {
    if (clients == null) {
      return Optional.empty();
    }
    try {
      return Optional.of((X509Certificate) session.getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException e) {
      // The way to say that there is none.
      return Optional.empty();
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
  public void close() {
    ReferenceCountUtil.release(context);
    if (credential != null) {
      credential.release();
    }
  }

  @Override
  public String toString() {
    return certificate.toString();
  }
}
