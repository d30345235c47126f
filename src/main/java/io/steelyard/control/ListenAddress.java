package io.steelyard.control;

import io.steelyard.config.IpLiteral;
import io.steelyard.config.ListenerConfig;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Where a listener listens, whichever way the document spells it.
 *
 * @param ip absent where it is no IP literal, which the document's rules refuse
 */
record ListenAddress(Optional<InetAddress> ip, int port) {

  static ListenAddress of(ListenerConfig listener) {
    return new ListenAddress(IpLiteral.parse(listener.address()), listener.port());
  }
}
