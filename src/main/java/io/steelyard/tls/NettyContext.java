package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A context of Netty's, for connections that its handler carries. */
final class NettyContext extends EngineContext {

  private final SslContext context;

  /**
   * Takes the context over.
   *
   * @param tickets null where sessions are not resumed
   */
  NettyContext(SslContext context, @Nullable TicketKeys tickets) {
    super(tickets);
    this.context = context;
    useCurrentTicketKeys();
  }

  /** A handler of this context; any loop. */
  StrictSslHandler newHandler(ByteBufAllocator allocator) {
    useCurrentTicketKeys();
    return StrictSslHandler.of(context, allocator);
  }

  @Override
  void setTicketKeys(List<byte[]> keys) {
    if (context.sessionContext() instanceof OpenSslServerSessionContext own) {
      own.setTicketKeys(
          keys.stream()
              .map(key -> TicketKeys.split(key, OpenSslSessionTicketKey::new))
              .toArray(OpenSslSessionTicketKey[]::new));
    }
  }

  /** Running flows keep theirs. */
  @Override
  protected void destroy() {
    ReferenceCountUtil.release(context);
  }
}
