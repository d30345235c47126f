package io.steelyard.tls;

import io.steelyard.flow.HandshakeFailure;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides whether a client's certificate is good: issued under one of the bundle's certificates
 * (roots or intermediates alike), within the depth, in time, made for clients, and allowed.
 * Immutable; called by the engines on the event loop.
 */
final class ClientVerifier extends X509ExtendedTrustManager {

  /**
   * More than any honest chain; path building over a hostile heap of certificates must stay cheap.
   */
  private static final int MAX_PRESENTED = 12;

  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private final List<X509Certificate> anchors;
  private final Set<TrustAnchor> trustAnchors = new HashSet<>();
  private final int depth;
  private final Optional<AllowList> allow;
  private final InstantSource clock;
  private final TlsEngine engine;

  ClientVerifier(
      List<X509Certificate> anchors,
      int depth,
      Optional<AllowList> allow,
      InstantSource clock,
      TlsEngine engine) {
    this.anchors = List.copyOf(anchors);
    this.anchors.forEach(anchor -> trustAnchors.add(new TrustAnchor(anchor, null)));
    this.depth = depth;
    this.allow = allow;
    this.clock = clock;
    this.engine = engine;
  }

  /**
   * Checks what a resumed session may not walk round: the certificate's end and the allow rules.
   *
   * @return empty where it may pass
   */
  Optional<HandshakeFailure> recheck(X509Certificate leaf) {
    if (clock.instant().isAfter(leaf.getNotAfter().toInstant())) {
      return Optional.of(HandshakeFailure.CLIENT_CERT_EXPIRED);
    }
    if (allow.isPresent() && !allow.get().allows(leaf)) {
      return Optional.of(HandshakeFailure.CLIENT_CERT_NOT_ALLOWED);
    }
    return Optional.empty();
  }

  private void verify(X509Certificate[] presented) throws CertificateException {
    try {
      verifyOwn(presented);
    } catch (ClientCertificateException e) {
      throw engine == TlsEngine.BORINGSSL ? NativeAlerts.withCode(e) : e;
    }
  }

  private void verifyOwn(X509Certificate[] presented) throws ClientCertificateException {
    if (presented.length == 0 || presented.length > MAX_PRESENTED) {
      throw invalid(presented.length + " certificates");
    }
    X509Certificate leaf = presented[0];
    Instant now = clock.instant();
    if (!isTrusted(presented, now)) {
      boolean once =
          hasExpired(presented, now) && isTrusted(presented, whenAllWereValid(presented));
      if (once) {
        throw new ClientCertificateException(
            HandshakeFailure.CLIENT_CERT_EXPIRED, "expired", false);
      }
      throw invalid("not issued under a trusted certificate");
    }
    checkPurpose(leaf);
    if (allow.isPresent() && !allow.get().allows(leaf)) {
      throw new ClientCertificateException(
          HandshakeFailure.CLIENT_CERT_NOT_ALLOWED, "not allowed", false);
    }
  }

  private boolean isTrusted(X509Certificate[] presented, Instant at) {
    X509Certificate leaf = presented[0];
    if (anchors.contains(leaf)) {
      return !at.isBefore(leaf.getNotBefore().toInstant())
          && !at.isAfter(leaf.getNotAfter().toInstant());
    }
    try {
      X509CertSelector target = new X509CertSelector();
      target.setCertificate(leaf);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(trustAnchors, target);
      parameters.setRevocationEnabled(false);
      parameters.setMaxPathLength(depth - 1);
      parameters.setDate(Date.from(at));
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection", new CollectionCertStoreParameters(List.of(presented))));
      CertPathBuilder.getInstance("PKIX").build(parameters);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static boolean hasExpired(X509Certificate[] presented, Instant now) {
    for (X509Certificate certificate : presented) {
      if (now.isAfter(certificate.getNotAfter().toInstant())) {
        return true;
      }
    }
    return false;
  }

  /** The last moment at which none of them had expired. */
  private static Instant whenAllWereValid(X509Certificate[] presented) {
    Instant earliest = presented[0].getNotAfter().toInstant();
    for (X509Certificate certificate : presented) {
      Instant end = certificate.getNotAfter().toInstant();
      earliest = end.isBefore(earliest) ? end : earliest;
    }
    return earliest;
  }

  /**
   * Without the extension any purpose is meant; with it, ours must be there (RFC 5280 §4.2.1.12).
   */
  private static void checkPurpose(X509Certificate leaf) throws ClientCertificateException {
    try {
      List<String> purposes = leaf.getExtendedKeyUsage();
      if (purposes == null || purposes.contains(CLIENT_AUTH) || purposes.contains(ANY_PURPOSE)) {
        return;
      }
    } catch (CertificateParsingException e) {
      throw invalid("unreadable extended key usage");
    }
    throw new ClientCertificateException(
        HandshakeFailure.CLIENT_CERT_INVALID, "extended key usage is not for clients", true);
  }

  private static ClientCertificateException invalid(String message) {
    return new ClientCertificateException(HandshakeFailure.CLIENT_CERT_INVALID, message, false);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("not a client");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("not a client");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("not a client");
  }

  /** The names that the certificate request tells clients; none where clients are not asked. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return anchors.toArray(new X509Certificate[0]);
  }
}
