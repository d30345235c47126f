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
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;

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

  private final TrustedClients trusted;
  private final List<X509Certificate> anchors;
  private final Set<TrustAnchor> trustAnchors = new HashSet<>();
  private final int depth;
  private final Optional<AllowList> allow;
  private final InstantSource clock;
  private final TlsEngine engine;

  ClientVerifier(
      TrustedClients trusted,
      int depth,
      Optional<AllowList> allow,
      InstantSource clock,
      TlsEngine engine) {
    this.trusted = trusted;
    this.anchors = trusted.anchors();
    this.anchors.forEach(anchor -> trustAnchors.add(new TrustAnchor(anchor, null)));
    this.depth = depth;
    this.allow = allow;
    this.clock = clock;
    this.engine = engine;
  }

  /**
   * Checks what a resumed session may not walk round: time, by which certificates and revocation
   * lists end, and the allow rules. All else is as it was: a session resumes only under the same
   * authorities, lists and rules as it was made under.
   *
   * @param presented leaf first, verified when the session was made
   * @return empty where it may pass
   */
  Optional<HandshakeFailure> recheck(List<X509Certificate> presented) {
    X509Certificate leaf = presented.getFirst();
    Instant now = clock.instant();
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      return Optional.of(HandshakeFailure.CLIENT_CERT_EXPIRED);
    }
    if (trusted.revocations().isPresent()) {
      Optional<HandshakeFailure> failure = recheck(presented, trusted.revocations().get(), now);
      if (failure.isPresent()) {
        return failure;
      }
    }
    if (allow.isPresent() && !allow.get().allows(leaf)) {
      return Optional.of(HandshakeFailure.CLIENT_CERT_NOT_ALLOWED);
    }
    return Optional.empty();
  }

  /** Up the chain by name, to the certificate that an anchor has issued. */
  private Optional<HandshakeFailure> recheck(
      List<X509Certificate> presented, Revocations revocations, Instant now) {
    X509Certificate at = presented.getFirst();
    if (anchors.contains(at)) {
      return revocations.isRevoked(at, now)
          ? Optional.of(HandshakeFailure.CLIENT_CERT_REVOKED)
          : Optional.empty();
    }
    for (int steps = 0; steps < MAX_PRESENTED; steps++) {
      List<X509Certificate> own = issuersOf(at, anchors);
      List<X509Certificate> above = own.isEmpty() ? issuersOf(at, presented) : own;
      switch (revocations.recheck(at, above, now)) {
        case REVOKED -> {
          return Optional.of(HandshakeFailure.CLIENT_CERT_REVOKED);
        }
        case UNKNOWN -> {
          return Optional.of(HandshakeFailure.CLIENT_CERT_INVALID);
        }
        case GOOD -> {
          // On to its issuer.
        }
      }
      if (!own.isEmpty() || above.isEmpty()) {
        X509Certificate below = at;
        return own.stream()
                .filter(anchor -> revocations.isRevoked(anchor, now))
                .anyMatch(anchor -> CertificateRules.isIssuedBy(below, anchor))
            ? Optional.of(HandshakeFailure.CLIENT_CERT_REVOKED)
            : Optional.empty();
      }
      at = above.getFirst();
    }
    return Optional.empty();
  }

  private static List<X509Certificate> issuersOf(
      X509Certificate below, List<X509Certificate> among) {
    X500Principal issuer = below.getIssuerX500Principal();
    return among.stream().filter(one -> one.getSubjectX500Principal().equals(issuer)).toList();
  }

  private void verify(X509Certificate[] presented) throws CertificateException {
    try {
      check(presented);
    } catch (ClientCertificateException e) {
      throw engine == TlsEngine.BORINGSSL ? NativeAlerts.withCode(e) : e;
    }
  }

  /** Fails where these may not come in. */
  void check(X509Certificate[] presented) throws ClientCertificateException {
    if (presented.length == 0 || presented.length > MAX_PRESENTED) {
      throw invalid(presented.length + " certificates");
    }
    X509Certificate leaf = presented[0];
    Instant now = clock.instant();
    Optional<List<X509Certificate>> path = path(presented, now);
    if (path.isEmpty()) {
      boolean once =
          hasExpired(presented, now) && path(presented, whenAllWereValid(presented)).isPresent();
      if (once) {
        throw new ClientCertificateException(
            HandshakeFailure.CLIENT_CERT_EXPIRED, "expired", false);
      }
      throw invalid("not issued under a trusted certificate");
    }
    checkPurpose(leaf);
    if (trusted.revocations().isPresent()) {
      checkRevocation(path.get(), trusted.revocations().get(), now);
    }
    if (allow.isPresent() && !allow.get().allows(leaf)) {
      throw new ClientCertificateException(
          HandshakeFailure.CLIENT_CERT_NOT_ALLOWED, "not allowed", false);
    }
  }

  /**
   * From the leaf up to its anchor, both included; of one certificate where the leaf is itself an
   * anchor.
   */
  private Optional<List<X509Certificate>> path(X509Certificate[] presented, Instant at) {
    X509Certificate leaf = presented[0];
    if (anchors.contains(leaf)) {
      boolean inTime =
          !at.isBefore(leaf.getNotBefore().toInstant())
              && !at.isAfter(leaf.getNotAfter().toInstant());
      return inTime ? Optional.of(List.of(leaf)) : Optional.empty();
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
      var found = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      List<X509Certificate> path = new ArrayList<>();
      found.getCertPath().getCertificates().forEach(one -> path.add((X509Certificate) one));
      path.add(found.getTrustAnchor().getTrustedCert());
      return Optional.of(path);
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  /**
   * Of every certificate below the anchor; one without a current list of its issuer is refused. Of
   * the anchor itself where the bundle has its issuer.
   */
  private static void checkRevocation(
      List<X509Certificate> path, Revocations revocations, Instant now)
      throws ClientCertificateException {
    if (revocations.isRevoked(path.getLast(), now)) {
      throw revoked();
    }
    for (int i = 0; i + 1 < path.size(); i++) {
      switch (revocations.check(path.get(i), path.get(i + 1), now)) {
        case REVOKED -> throw revoked();
        case UNKNOWN -> throw invalid("no current revocation list of its issuer");
        case GOOD -> {
          // On to its issuer.
        }
      }
    }
  }

  private static ClientCertificateException revoked() {
    return new ClientCertificateException(HandshakeFailure.CLIENT_CERT_REVOKED, "revoked", false);
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
