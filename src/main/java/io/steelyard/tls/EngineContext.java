package io.steelyard.tls;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An engine's context with the ticket keys that it was last given. With BoringSSL one serves all
 * certificates of a listener, which are given to each connection (another one those whose keys sign
 * elsewhere); with the JDK there is one for each certificate.
 */
abstract sealed class EngineContext extends Shared permits NettyContext, BoringSslContext {

  private final @Nullable TicketKeys tickets;
  private final AtomicInteger ticketGeneration = new AtomicInteger(-1);

  /**
   * A context without ticket keys so far.
   *
   * @param tickets null where sessions are not resumed
   */
  EngineContext(@Nullable TicketKeys tickets) {
    this.tickets = tickets;
  }

  final boolean hasTickets() {
    return tickets != null;
  }

  /** Called for each handshake, does something once a period. */
  final void useCurrentTicketKeys() {
    if (tickets == null) {
      return;
    }
    TicketKeys.Generation generation = tickets.current();
    int used = ticketGeneration.get();
    if (used != generation.number() && ticketGeneration.compareAndSet(used, generation.number())) {
      setTicketKeys(generation.keys());
    }
  }

  /**
   * From now on the first encrypts, the others still decrypt.
   *
   * @param keys each of {@link TicketKeys#KEY_BYTES}
   */
  abstract void setTicketKeys(List<byte[]> keys);
}
