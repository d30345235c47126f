package io.steelyard.tls;

import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;

/**
 * Who is told how a client's handshake ended: once, by one of the two calls, on the channel's event
 * loop, before any plaintext that came with the client's last flight.
 */
public interface HandshakeTarget {

  /** It is done, and its client may go on. */
  void handshakeDone(TlsFacts facts);

  /**
   * It has failed; what the client is told of it is on its way. Nothing more will come.
   *
   * @param detail for people; names the alert where the client sent one
   */
  void handshakeFailed(HandshakeFailure failure, String detail);
}
