package io.steelyard.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Bytes received from and sent to one peer kind, counted by exactly one event loop and read by any
 * thread (a scrape).
 *
 * <p>One writer makes a plain read followed by an opaque write exact, without a lock or an atomic
 * add per buffer; the padding keeps two loops' cells out of one cache line.
 */
public final class Traffic {

  private static final VarHandle RECEIVED;
  private static final VarHandle SENT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RECEIVED = lookup.findVarHandle(Traffic.class, "receivedBytes", long.class);
      SENT = lookup.findVarHandle(Traffic.class, "sentBytes", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused")
  private long before1, before2, before3, before4, before5, before6, before7;

  private long receivedBytes;
  private long sentBytes;

  @SuppressWarnings("unused")
  private long after1, after2, after3, after4, after5, after6, after7;

  /** Adds bytes read from the peer. Owning loop only. */
  public void received(long bytes) {
    RECEIVED.setOpaque(this, receivedBytes + bytes);
  }

  /** Adds bytes written towards the peer. Owning loop only. */
  public void sent(long bytes) {
    SENT.setOpaque(this, sentBytes + bytes);
  }

  /** Bytes read from the peer so far. Any thread. */
  public long receivedBytes() {
    return (long) RECEIVED.getOpaque(this);
  }

  /** Bytes written towards the peer so far. Any thread. */
  public long sentBytes() {
    return (long) SENT.getOpaque(this);
  }
}
