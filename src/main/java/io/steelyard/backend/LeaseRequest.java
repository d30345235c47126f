package io.steelyard.backend;

import java.net.InetAddress;
import java.util.Set;

/**
 * What a scheduler may look at.
 *
 * @param source the client's address, IPv4-mapped ones already turned into IPv4
 * @param excluded backends tried already for this flow; a snapshot
 */
public record LeaseRequest(InetAddress source, Set<Backend> excluded) {

  public LeaseRequest {
    excluded = Set.copyOf(excluded);
  }
}
