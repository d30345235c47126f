package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import java.util.Optional;

/** TLS from Steelyard to the backends of one group, for flows and probes alike. Skeleton. */
public final class BackendTls implements AutoCloseable {

  /**
   * Loads trust anchors and our own certificate (blocking). For groups that speak TLS or probe with it.
   *
   * @return empty where the problems got an error
   */
  public static Optional<BackendTls> prepare(
      ServerGroupConfig group, BalancerDocument document, TlsEngine engine, Problems problems) {
    throw new UnsupportedOperationException();
  }

  /**
   * A client-side handler for one connection to that backend: SNI (none for IP literals), verification as the group
   * says, no timeout of its own.
   */
  public SslHandler newHandler(ByteBufAllocator allocator, BackendConfig backend) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
