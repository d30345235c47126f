package io.steelyard.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.tls.SecurityPolicy.Effective;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Builds BoringSSL's context of one listener, without Netty's: no certificate callback and no look
 * at the server name a handshake, since both are decided on the ClientHello before it.
 */
final class BoringSslContextFactory {

  /** Of a client's chain, more is cut off before {@link ClientVerifier} sees it; Netty's figure. */
  private static final int VERIFY_DEPTH = 10;

  private final ContextSettings settings;
  private final ClientVerifier clients;
  private final long context;
  private final boolean asksForKeys;

  private BoringSslContextFactory(
      ContextSettings settings, ClientVerifier clients, long context, boolean asksForKeys) {
    this.settings = settings;
    this.clients = clients;
    this.context = context;
    this.asksForKeys = asksForKeys;
  }

  /**
   * One whose connections are given their certificate; the caller releases it.
   *
   * @param asksForKeys whether their keys are in others' hands
   */
  static BoringSslContext build(
      ContextSettings settings, ClientVerifier clients, boolean asksForKeys)
      throws TlsSetupException {
    OpenSsl.ensureAvailability();
    long context = 0;
    boolean done = false;
    try {
      context = SSLContext.make(SSL.SSL_PROTOCOL_ALL, SSL.SSL_MODE_SERVER);
      BoringSslContext made =
          new BoringSslContextFactory(settings, clients, context, asksForKeys).build();
      done = true;
      return made;
    } catch (Exception e) {
      // tcnative declares Exception.
      throw new TlsSetupException(
          settings.engine().description() + " does not take the settings", e);
    } finally {
      if (!done && context != 0) {
        SSLContext.free(context);
      }
    }
  }

  private BoringSslContext build() throws Exception {
    Effective policy = settings.policy();
    List<String> alpn = settings.tls().alpn();
    SSLContext.setOptions(context, options(policy));
    // A write that has found no room is repeated from a buffer that has grown.
    SSLContext.setMode(
        context, SSLContext.getMode(context) | SSL.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    setSuites(policy);
    check(
        SSLContext.setCurvesList(context, ContextFactory.boringSslGroups(policy)),
        "the key exchange groups");
    if (!alpn.isEmpty()) {
      // No overlap never gets here: it is refused on the ClientHello.
      SSLContext.setAlpnProtos(
          context, alpn.toArray(new String[0]), SSL.SSL_SELECTOR_FAILURE_NO_ADVERTISE);
    }
    SSLContext.setSessionCacheMode(context, SSL.SSL_SESS_CACHE_OFF);
    if (settings.tickets() != null) {
      SSLContext.setSessionCacheTimeout(context, settings.tls().session().lifetime().toSeconds());
    }
    check(
        SSLContext.setSessionIdContext(context, settings.sessionIdContext()),
        "the session id context");
    if (asksForKeys) {
      // Danger: without tasks tcnative reports the signature that it got as a failure.
      SSLContext.setUseTasks(context, true);
      SSLContext.setPrivateKeyMethod(context, NativeKeyCalls.ALL);
    }
    return new BoringSslContext(
        context, settings.tickets(), verifier(), !alpn.isEmpty(), asksForKeys);
  }

  private int options(Effective policy) {
    int options = SSL.SSL_OP_CIPHER_SERVER_PREFERENCE | SSL.SSL_OP_NO_COMPRESSION;
    options |= SSL.SSL_OP_NO_SSLv2 | SSL.SSL_OP_NO_SSLv3;
    for (ProtocolVersion version : ProtocolVersion.values()) {
      if (!policy.protocolVersions().contains(version)) {
        options |= without(version);
      }
    }
    // Without keys BoringSSL would make tickets with keys of its own.
    return settings.tickets() == null ? options | SSL.SSL_OP_NO_TICKET : options;
  }

  private static int without(ProtocolVersion version) {
    return switch (version) {
      case TLS_1_0 -> SSL.SSL_OP_NO_TLSv1;
      case TLS_1_1 -> SSL.SSL_OP_NO_TLSv1_1;
      case TLS_1_2 -> SSL.SSL_OP_NO_TLSv1_2;
      case TLS_1_3 -> SSL.SSL_OP_NO_TLSv1_3;
    };
  }

  /** Those of TLS 1.3 are fixed ({@link EngineAbilities}). */
  private void setSuites(Effective policy) throws Exception {
    String names =
        policy.suites().stream()
            .filter(suite -> !suite.isTls13())
            .map(CipherSuite::openSslName)
            .collect(Collectors.joining(":"));
    if (!names.isEmpty()) {
      check(SSLContext.setCipherSuite(context, names, false), "the cipher suites");
    }
  }

  private @Nullable NativeVerifier verifier() throws Exception {
    int level =
        switch (settings.tls().clientAuth().mode()) {
          case NONE -> SSL.SSL_CVERIFY_NONE;
          case OPTIONAL -> SSL.SSL_CVERIFY_OPTIONAL;
          case REQUIRED -> SSL.SSL_CVERIFY_REQUIRED;
        };
    if (settings.tls().clientAuth().mode() == ClientAuth.Mode.NONE) {
      return null;
    }
    NativeVerifier verifier = new NativeVerifier(clients);
    SSLContext.setCertVerifyCallback(context, verifier);
    // After the call-back: without one tcnative only notes it.
    SSLContext.setVerify(context, level, VERIFY_DEPTH);
    List<X509Certificate> issuers = List.of(clients.getAcceptedIssuers());
    if (!issuers.isEmpty()) {
      NativePem.parse(
          NativePem.of(issuers),
          bio -> {
            check(SSLContext.setCACertificateBio(context, bio), "the client authorities");
            return 0;
          });
    }
    return verifier;
  }

  private static void check(boolean taken, String what) {
    if (!taken) {
      int error = SSL.getLastErrorNumber();
      SSL.clearError();
      throw new IllegalStateException(
          "refused: " + what + (error == 0 ? "" : ", " + SSL.getErrorString(error)));
    }
  }
}
