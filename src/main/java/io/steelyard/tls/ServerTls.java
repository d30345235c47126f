package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.wire.ClientHello;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything one TCPSSL listener needs to answer handshakes: a prepared context per certificate, the SNI table, client
 * authentication, ALPN and tickets. Immutable once prepared; selecting and creating handlers never blocks. Skeleton.
 */
public final class ServerTls implements AutoCloseable {

  /**
   * Loads certificates and trust anchors and builds the contexts (blocking: reads files).
   *
   * @return empty where the problems got an error
   */
  public static Optional<ServerTls> prepare(
      ListenerConfig listener, BalancerDocument document, TlsEngine engine, Problems problems) {
    throw new UnsupportedOperationException();
  }

  /** Chooses the certificate's context by SNI and by what the client can do, or refuses. Event loop. */
  public Selection select(ClientHello hello) {
    throw new UnsupportedOperationException();
  }

  /** What to do with a ClientHello. */
  public sealed interface Selection {
    /** Go on with this context. */
    non-sealed interface Accepted extends Selection {
      /** A handler for one flow, with its handshake timeout switched off: the listener's own timer covers it. */
      SslHandler newHandler(ByteBufAllocator allocator);

      /**
       * What the completed handshake agreed on, after checking once more what a resumed session may not walk round
       * (expiry of the client's certificate, allow rules).
       *
       * @param group the negotiated group's code point as seen in our ServerHello
       */
      Outcome completed(SslHandler handler, OptionalInt group);
    }

    /** Send this alert (RFC 8446 §6.2) in plaintext and end the flow. */
    record Refused(HandshakeFailure failure, int alert) implements Selection {}
  }

  /** How a completed handshake is judged. */
  public sealed interface Outcome {
    record Done(TlsFacts facts) implements Outcome {}

    record Rejected(HandshakeFailure failure) implements Outcome {}
  }

  /** Why a handshake failed, from what SslHandler reports and what the client had offered. */
  public HandshakeFailure classify(Throwable cause, ClientHello hello) {
    throw new UnsupportedOperationException();
  }

  /** Releases native memory; no new handler afterwards, running flows keep theirs. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
