package io.steelyard.tls;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SessionTicketKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BoringSSL's settings for the connections of one listener (SSL_CTX), without Netty's context
 * around it. Thread-safe: shared by all loops.
 *
 * <p>Danger: tcnative's connections point into its context, so each {@link BoringSslConnection}
 * holds this one until it has freed its own.
 */
final class BoringSslContext extends EngineContext {

  private final long context;
  private final @Nullable NativeVerifier verifier;
  private final boolean agreesOnAlpn;
  private final boolean asksForKeys;

  /**
   * Takes the context over.
   *
   * @param context tcnative's pointer
   * @param tickets null where sessions are not resumed
   * @param verifier null where clients are not asked for a certificate
   * @param agreesOnAlpn whether it chooses a protocol where the client offers some
   * @param asksForKeys whether {@link NativeKeyCalls} is asked where a connection has no key
   */
  BoringSslContext(
      long context,
      @Nullable TicketKeys tickets,
      @Nullable NativeVerifier verifier,
      boolean agreesOnAlpn,
      boolean asksForKeys) {
    super(tickets);
    this.context = context;
    this.verifier = verifier;
    this.agreesOnAlpn = agreesOnAlpn;
    this.asksForKeys = asksForKeys;
    useCurrentTicketKeys();
  }

  /** A connection in its initial state, for its maker to free; the caller holds this context. */
  long newSsl() {
    useCurrentTicketKeys();
    return SSL.newSSL(context, true);
  }

  boolean agreesOnAlpn() {
    return agreesOnAlpn;
  }

  /** Whether its connections may be without a key of their own: somebody else signs. */
  boolean asksForKeys() {
    return asksForKeys;
  }

  /** Why the handshake that has just failed on this thread was refused; null where not by us. */
  @Nullable ClientCertificateException takeRefusal() {
    return verifier == null ? null : verifier.takeRefusal();
  }

  @Override
  void setTicketKeys(List<byte[]> keys) {
    SSLContext.setSessionTicketKeys(
        context,
        keys.stream()
            .map(key -> TicketKeys.split(key, SessionTicketKey::new))
            .toArray(SessionTicketKey[]::new));
  }

  @Override
  protected void destroy() {
    SSLContext.free(context);
  }
}
