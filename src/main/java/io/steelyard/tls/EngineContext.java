package io.steelyard.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SessionTicketKey;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An engine's context with the ticket keys that it was last given. With BoringSSL one serves all
 * certificates of a listener, which are given to each connection; with the JDK there is one for
 * each certificate.
 */
final class EngineContext extends Shared {

  private final SslContext context;
  private final @Nullable TicketKeys tickets;
  private final TlsHandling handling;
  private final AtomicInteger ticketGeneration = new AtomicInteger(-1);

  /**
   * Takes the context over.
   *
   * @param tickets null where sessions are not resumed
   * @param handling of its connections after their handshakes
   */
  EngineContext(SslContext context, @Nullable TicketKeys tickets, TlsHandling handling) {
    this.context = context;
    this.tickets = tickets;
    this.handling = handling;
    useCurrentTicketKeys();
  }

  /** A handler of this context; any loop. */
  StrictSslHandler newHandler(ByteBufAllocator allocator) {
    useCurrentTicketKeys();
    StrictSslHandler handler = StrictSslHandler.of(context, allocator);
    if (handling == TlsHandling.NATIVE) {
      handler.handOverAfterwards();
    }
    return handler;
  }

  boolean hasTickets() {
    return tickets != null;
  }

  /** Called for each handshake, does something once a period. */
  private void useCurrentTicketKeys() {
    if (tickets == null || !(context.sessionContext() instanceof OpenSslServerSessionContext own)) {
      return;
    }
    TicketKeys.Generation generation = tickets.current();
    int used = ticketGeneration.get();
    if (used == generation.number() || !ticketGeneration.compareAndSet(used, generation.number())) {
      return;
    }
    own.setTicketKeys(
        generation.keys().stream()
            .map(EngineContext::nativeKey)
            .toArray(OpenSslSessionTicketKey[]::new));
  }

  private static OpenSslSessionTicketKey nativeKey(byte[] key) {
    int name = SessionTicketKey.NAME_SIZE;
    int hmac = name + SessionTicketKey.HMAC_KEY_SIZE;
    return new OpenSslSessionTicketKey(
        Arrays.copyOfRange(key, 0, name),
        Arrays.copyOfRange(key, name, hmac),
        Arrays.copyOfRange(key, hmac, TicketKeys.KEY_BYTES));
  }

  /** Running flows keep theirs. */
  @Override
  protected void destroy() {
    ReferenceCountUtil.release(context);
  }
}
