package io.steelyard.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;

/**
 * The end of one direction of a TLS stream (RFC 8446 §6.1). As a pipeline's event: the peer has
 * sent its own, and can still be written to.
 */
public final class CloseNotify {

  /** Fired once, after the last plaintext byte. */
  public static final CloseNotify RECEIVED = new CloseNotify();

  private CloseNotify() {}

  /**
   * Sends ours after everything that was written before; a channel without TLS has nothing to send.
   * The channel's event loop.
   *
   * @return done when the socket has taken it
   */
  public static Future<?> send(Channel channel) {
    NativeTlsHandler own = channel.pipeline().get(NativeTlsHandler.class);
    if (own != null) {
      return own.sendCloseNotify();
    }
    SslHandler ssl = channel.pipeline().get(SslHandler.class);
    return ssl == null ? channel.newSucceededFuture() : ssl.closeOutbound();
  }
}
