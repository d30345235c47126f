package io.steelyard.relay;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.tls.BackendTls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A server group with what it takes to connect to its backends. Immutable; any thread. */
public final class GroupRuntime {

  private final ServerGroup group;
  private final Optional<BackendTls> tls;
  private final NetClient client;
  private final Map<Backend, SocketAddress> addresses;

  /** A runtime of its own client, and one more user of the TLS contexts; the caller closes it. */
  public GroupRuntime(Vertx vertx, ServerGroup group, Optional<BackendTls> tls) {
    this.group = group;
    this.tls = tls;
    tls.ifPresent(BackendTls::retain);
    ServerGroupConfig config = group.config();
    this.client =
        vertx.createNetClient(
            new NetClientOptions()
                .setConnectTimeout(Math.toIntExact(config.connectTimeout().toMillis()))
                .setTcpNoDelay(true)
                // Vert.x would switch it off, upon which Linux holds back the last ACK of the TCP
                // handshake for 200 ms
                // while we have nothing to send: a backend that speaks first would accept as late.
                // tcp(7).
                .setTcpQuickAck(true)
                .setTcpKeepAlive(true));
    this.addresses = resolved(group);
  }

  private static Map<Backend, SocketAddress> resolved(ServerGroup group) {
    Map<Backend, SocketAddress> addresses = new HashMap<>();
    for (Backend backend : group.backends()) {
      try {
        // An IP literal: parsed here once, so that no dial goes through a resolver.
        InetAddress host = InetAddress.getByName(backend.config().host());
        addresses.put(
            backend,
            SocketAddress.inetSocketAddress(new InetSocketAddress(host, backend.config().port())));
      } catch (UnknownHostException e) {
        throw new IllegalStateException(
            "not an IP literal: "
                + backend.config().address()
                + " in group "
                + group.config().name(),
            e);
      }
    }
    return Map.copyOf(addresses);
  }

  /** The group that chooses. */
  public ServerGroup group() {
    return group;
  }

  /** TLS towards the backends; present exactly where the group speaks it (or probes with it). */
  Optional<BackendTls> tls() {
    return tls;
  }

  NetClient client() {
    return client;
  }

  SocketAddress address(Backend backend) {
    SocketAddress address = addresses.get(backend);
    if (address == null) {
      throw new IllegalStateException("not a backend of this group: " + backend);
    }
    return address;
  }

  /** Closes the client and every connection it still has open, and leaves the TLS contexts. */
  public Future<Void> close() {
    return client.close().onComplete(closed -> tls.ifPresent(BackendTls::release));
  }
}
