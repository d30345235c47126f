package io.steelyard.relay;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The clients that connect to backends, shared by all groups and revisions: closing one would cut
 * the flows it has connected, and nothing but the connect timeout differs between them. Any thread.
 */
public final class Clients {

  private final Vertx vertx;
  private final Map<Integer, NetClient> byTimeoutMillis = new ConcurrentHashMap<>();

  /** No client yet. */
  public Clients(Vertx vertx) {
    this.vertx = vertx;
  }

  NetClient withTimeout(Duration connectTimeout) {
    return byTimeoutMillis.computeIfAbsent(
        Math.toIntExact(connectTimeout.toMillis()), this::client);
  }

  private NetClient client(int timeoutMillis) {
    return vertx.createNetClient(
        new NetClientOptions()
            .setConnectTimeout(timeoutMillis)
            .setTcpNoDelay(true)
            // Vert.x would switch it off, upon which Linux holds back the last ACK of the TCP
            // handshake for 200 ms while we have nothing to send: a backend that speaks first would
            // accept as late. tcp(7).
            .setTcpQuickAck(true)
            .setTcpKeepAlive(true));
  }

  /** Closes every connection that is still open. */
  public Future<Void> close() {
    return Future.join(byTimeoutMillis.values().stream().map(NetClient::close).toList()).mapEmpty();
  }
}
