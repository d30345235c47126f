package io.steelyard.flow;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The facts of one accepted client connection, accept to close. Mutable and confined to the flow's
 * event loop until {@link #ended}; after that nothing writes it, and whoever was told of the end
 * may read it from any thread it hands it to. Times are {@link System#nanoTime} values, 0 where the
 * step was not reached.
 */
public final class Flow {

  /**
   * Offered protocols kept for the access log. A ClientHello has room for thousands, and a flow
   * keeps what is kept for as long as it is open: sixteen kilobytes sent once would hold some
   * hundred here.
   */
  static final int MAX_OFFERED_ALPN = 16;

  private final long id;
  private long revision;
  private final String listener;
  private final int loop;
  private final InetSocketAddress client;
  private final InetSocketAddress destination;
  private final long acceptedNanos;
  private final long acceptedEpochMillis;

  private long handshakeDoneNanos;
  private long connectedNanos;
  private long firstByteNanos;
  private long endedNanos;
  private long receivedBytes;
  private long sentBytes;
  private @Nullable String sni;
  private List<String> offeredAlpn = List.of();
  private @Nullable TlsFacts tls;
  private @Nullable HandshakeFailure handshakeFailure;
  private @Nullable String alert;
  private boolean truncated;
  private @Nullable String group;
  private @Nullable String backend;
  private boolean leased;
  private int tries;
  private @Nullable FlowEnd end;
  private @Nullable String detail;

  /**
   * A flow accepted now.
   *
   * @param id unique within the process
   * @param loop index of its event loop, from 0
   * @param client IPv4-mapped addresses already turned into IPv4
   */
  public Flow(
      long id, String listener, int loop, InetSocketAddress client, InetSocketAddress destination) {
    this.id = id;
    this.listener = listener;
    this.loop = loop;
    this.client = client;
    this.destination = destination;
    this.acceptedNanos = System.nanoTime();
    this.acceptedEpochMillis = System.currentTimeMillis();
  }

  public long id() {
    return id;
  }

  /** Notes the number of the revision in force. */
  public void acceptedUnder(long number) {
    this.revision = number;
  }

  /** The revision that was in force when it was accepted; 0 where nobody has noted it. */
  public long revision() {
    return revision;
  }

  public String listener() {
    return listener;
  }

  public int loop() {
    return loop;
  }

  public InetSocketAddress client() {
    return client;
  }

  public InetSocketAddress destination() {
    return destination;
  }

  public long acceptedNanos() {
    return acceptedNanos;
  }

  public long acceptedEpochMillis() {
    return acceptedEpochMillis;
  }

  /**
   * What the ClientHello asked for: SNI in lower case, or null, and the first protocols in the
   * client's order.
   */
  public void asked(@Nullable String sni, List<String> alpn) {
    this.sni = sni;
    this.offeredAlpn =
        alpn.size() <= MAX_OFFERED_ALPN
            ? List.copyOf(alpn)
            : List.copyOf(alpn.subList(0, MAX_OFFERED_ALPN));
  }

  public @Nullable String sni() {
    return sni;
  }

  public List<String> offeredAlpn() {
    return offeredAlpn;
  }

  /** The handshake with the client is complete. */
  public void handshakeDone(TlsFacts facts) {
    this.tls = facts;
    this.handshakeDoneNanos = System.nanoTime();
  }

  public @Nullable TlsFacts tls() {
    return tls;
  }

  public long handshakeDoneNanos() {
    return handshakeDoneNanos;
  }

  /** The handshake failed; {@code alert} is the name of the alert sent or received, or null. */
  public void handshakeFailed(HandshakeFailure failure, @Nullable String alert) {
    this.handshakeFailure = failure;
    this.alert = alert;
  }

  public @Nullable HandshakeFailure handshakeFailure() {
    return handshakeFailure;
  }

  public @Nullable String alert() {
    return alert;
  }

  /** A backend is leased and an attempt on it begins. */
  public void trying(String group, String backend) {
    this.leased = true;
    this.group = group;
    this.backend = backend;
    this.tries++;
  }

  /** The attempt failed; the lease is given back. */
  public void tryFailed() {
    this.leased = false;
  }

  /** Whether it holds a lease on {@link #backend}, or held one to its end. */
  public boolean isLeased() {
    return leased;
  }

  /** The group of the last attempt. */
  public @Nullable String group() {
    return group;
  }

  /**
   * The backend's address, of the last attempt: whether it is still leased says {@link #isLeased}.
   */
  public @Nullable String backend() {
    return backend;
  }

  public int tries() {
    return tries;
  }

  /** The backend is connected (and its TLS handshake done, where it has one). */
  public void connected() {
    this.connectedNanos = System.nanoTime();
  }

  public long connectedNanos() {
    return connectedNanos;
  }

  /** Plaintext bytes that came from the client. */
  public void received(long bytes) {
    receivedBytes += bytes;
  }

  public long receivedBytes() {
    return receivedBytes;
  }

  /** Plaintext bytes written towards the client. */
  public void sent(long bytes) {
    if (sentBytes == 0) {
      firstByteNanos = System.nanoTime();
    }
    sentBytes += bytes;
  }

  public long sentBytes() {
    return sentBytes;
  }

  public long firstByteNanos() {
    return firstByteNanos;
  }

  /** The client's TLS stream ended by FIN without a close_notify: it may have been cut short. */
  public void truncated() {
    this.truncated = true;
  }

  public boolean isTruncated() {
    return truncated;
  }

  /**
   * Marks the end; the first call decides, later ones are ignored.
   *
   * @param detail for the debug log, or null
   * @return whether this call was the first
   */
  public boolean end(FlowEnd how, @Nullable String detail) {
    if (end != null) {
      return false;
    }
    this.end = how;
    this.detail = detail;
    this.endedNanos = System.nanoTime();
    return true;
  }

  public @Nullable FlowEnd ended() {
    return end;
  }

  public @Nullable String detail() {
    return detail;
  }

  public long endedNanos() {
    return endedNanos;
  }
}
