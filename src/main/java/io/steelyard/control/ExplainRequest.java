package io.steelyard.control;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A client to explain the way of.
 *
 * @param sni the name it asks for
 * @param port it connects to
 * @param alpn protocols it offers, in its order; empty = none
 * @param source its address; absent = any
 * @param address the local address it connects to; absent where only one listener has the port
 */
public record ExplainRequest(
    Optional<String> sni,
    int port,
    List<String> alpn,
    Optional<InetAddress> source,
    Optional<InetAddress> address) {

  public ExplainRequest {
    alpn = List.copyOf(alpn);
  }
}
