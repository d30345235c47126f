package io.steelyard.relay;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.util.concurrent.ScheduledFuture;
import io.steelyard.backend.Lease;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Traffic;
import io.steelyard.relay.Deadlines.Deadline;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The two-way copy of one flow, from the first plaintext byte to its end. The client's side exists
 * from the start and holds what comes early; the backend's side joins when a dial has succeeded.
 * Every ending goes through {@link #end}, which closes both sockets, gives the lease back and tells
 * the observer, once. Confined to the flow's event loop.
 *
 * <p>Endings: a FIN is passed on as a FIN once everything before it is delivered, in each direction
 * by itself (TCP half-close); a reset is passed on as a reset; after both directions have ended
 * both sockets are closed.
 */
public final class Relay {

  private static final Logger LOG = Logger.getLogger(Relay.class);

  /**
   * Where a direction pauses (high) and goes on (low). With the largest read it is what a direction
   * may hold for a peer that takes nothing: half a MiB.
   */
  private static final WriteBufferWaterMark WATERMARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private final Flow flow;
  private final FlowObserver observer;
  private final Traffic clientTraffic;
  private final long idleNanos;
  private final long halfCloseNanos;
  private final Runnable onEnd;
  private final Channel clientChannel;
  private final RelaySide clientSide;

  private @Nullable RelaySide backendSide;
  private @Nullable Channel backendChannel;
  private @Nullable Traffic backendTraffic;
  private @Nullable Lease lease;
  private @Nullable FlowEnd firstEnd;
  private boolean isHalfClosed;
  private boolean clientHasAlert;
  private @Nullable Deadline idleDeadline;

  /** Of what was left of the time when a deadline had come; see {@link #checkIdle}. */
  private @Nullable ScheduledFuture<?> idleTimer;

  private long lastActivityNanos;

  /**
   * A relay whose client side must be put last into the client's pipeline.
   *
   * @param clientTraffic counts the client's bytes
   * @param onEnd called once, after the observer was told
   */
  public Relay(
      Flow flow,
      Channel client,
      Timeouts timeouts,
      FlowObserver observer,
      Traffic clientTraffic,
      Runnable onEnd) {
    this.flow = flow;
    this.clientChannel = client;
    this.observer = observer;
    this.clientTraffic = clientTraffic;
    this.idleNanos = timeouts.idleNanos();
    this.halfCloseNanos = timeouts.halfCloseNanos();
    this.onEnd = onEnd;
    this.clientSide = new RelaySide(this, true);
    client.pipeline().addLast(clientSide);
  }

  /**
   * How long a flow may be silent.
   *
   * @param idleNanos while both directions are open
   * @param halfCloseNanos after one direction has ended
   */
  public record Timeouts(long idleNanos, long halfCloseNanos) {}

  /**
   * From now on a client's FIN ends one direction only. Called when the handshake, if any, is done.
   */
  public void open() {
    prepare(clientChannel);
  }

  private static void prepare(Channel channel) {
    SocketChannelConfig config = (SocketChannelConfig) channel.config();
    config.setAllowHalfClosure(true);
    // A failed write must not close the socket: what the peer sent before it reset is still to be
    // read.
    config.setAutoClose(false);
    config.setWriteBufferWaterMark(WATERMARK);
  }

  /** Joins the backend: from now on both directions flow. Takes channel and lease over. */
  public void join(Channel backend, Lease held, long connectNanos) {
    if (isEnded()) {
      held.release();
      Endings.reset(backend);
      return;
    }
    lease = held;
    backendChannel = backend;
    flow.connected();
    backendTraffic = observer.connected(flow, connectNanos);
    prepare(backend);
    RelaySide side = new RelaySide(this, false);
    backendSide = side;
    backend.pipeline().addLast(side);
    touched();
    armIdleTimer(idleNanos);
    side.join(clientSide);
    clientSide.join(side);
    if (!isEnded() && backend.isWritable()) {
      clientChannel.config().setAutoRead(true);
    }
    settle();
  }

  /** Whether the flow has ended. */
  public boolean isEnded() {
    return flow.ended() != null;
  }

  void touched() {
    lastActivityNanos = System.nanoTime();
  }

  void received(RelaySide from, int bytes) {
    if (from.isClient()) {
      flow.received(bytes);
      clientTraffic.received(bytes);
      return;
    }
    if (backendTraffic != null) {
      backendTraffic.received(bytes);
    }
  }

  void passed(RelaySide from, int bytes) {
    if (!from.isClient()) {
      flow.sent(bytes);
      clientTraffic.sent(bytes);
      return;
    }
    if (backendTraffic != null) {
      backendTraffic.sent(bytes);
    }
  }

  void inputEnded(RelaySide side, boolean closeNotify) {
    touched();
    if (firstEnd == null) {
      firstEnd = side.isClient() ? FlowEnd.CLIENT_END : FlowEnd.BACKEND_END;
    }
    if (side.isClient() && !closeNotify && flow.tls() != null) {
      flow.truncated();
    }
  }

  /** Ends the flow when both directions have ended. */
  void settle() {
    RelaySide backend = backendSide;
    if (isEnded() || backend == null || firstEnd == null) {
      return;
    }
    boolean clientToBackend = clientSide.inputEnded() && backend.outputFinished();
    boolean backendToClient = backend.inputEnded() && clientSide.outputFinished();
    // A client that can take nothing more makes the rest of the backend's answer pointless.
    boolean clientDeaf = clientSide.inputEnded() && clientSide.outputFinished();
    if (clientToBackend && (backendToClient || clientDeaf)) {
      end(firstEnd, null);
      return;
    }
    if (!isHalfClosed) {
      isHalfClosed = true;
      armIdleTimer(Math.min(idleNanos, halfCloseNanos));
    }
  }

  void reset(RelaySide side, IOException cause) {
    // A reset is routine, not an error: clients abort and probes close early. RFC 9293 §3.5.3.
    end(side.isClient() ? FlowEnd.CLIENT_RESET : FlowEnd.BACKEND_RESET, cause.getMessage());
  }

  /** What a side has sent is no TLS; a client's engine has answered with its alert. */
  void broken(RelaySide side, Throwable cause) {
    clientHasAlert = side.isClient();
    failed(side, cause);
  }

  private void failed(RelaySide side, Throwable cause) {
    end(FlowEnd.ERROR, (side.isClient() ? "client: " : "backend: ") + cause.getMessage());
  }

  void bug(RelaySide side, Throwable cause) {
    LOG.warnf(
        cause, "flow failed flow=%d side=%s", flow.id(), side.isClient() ? "client" : "backend");
    failed(side, cause);
  }

  /** A channel closed without any of the events that tell why: something below us closed it. */
  void gone(RelaySide side) {
    if (firstEnd != null && side.inputEnded()) {
      end(firstEnd, null);
      return;
    }
    end(side.isClient() ? FlowEnd.CLIENT_RESET : FlowEnd.BACKEND_RESET, "closed");
  }

  private void armIdleTimer(long timeoutNanos) {
    stopIdleTimers();
    idleDeadline =
        Deadlines.of(clientChannel.eventLoop()).in(timeoutNanos, () -> checkIdle(timeoutNanos));
  }

  private void stopIdleTimers() {
    if (idleDeadline != null) {
      idleDeadline.cancel();
      idleDeadline = null;
    }
    if (idleTimer != null) {
      idleTimer.cancel(false);
      idleTimer = null;
    }
  }

  private void checkIdle(long timeoutNanos) {
    if (isEnded()) {
      return;
    }
    long leftNanos = timeoutNanos - silentNanos(timeoutNanos);
    if (leftNanos > 0) {
      // One timer a flow, set anew only when it fires: a buffer costs a time stamp and no timer.
      // What is left differs from flow to flow, so it is no matter for Deadlines.
      idleTimer =
          clientChannel
              .eventLoop()
              .schedule(() -> checkIdle(timeoutNanos), leftNanos, TimeUnit.NANOSECONDS);
      return;
    }
    if (firstEnd == FlowEnd.BACKEND_END) {
      // The client takes nothing more of the answer, or has it all and only failed to close.
      end(FlowEnd.BACKEND_END, "half-close timeout");
      return;
    }
    end(FlowEnd.IDLE, firstEnd == null ? "idle timeout" : "half-close timeout");
  }

  /**
   * How long no byte has moved, on either side. Our own reads and writes are looked at first;
   * behind them the kernel may still be delivering to a slow peer what it was given long ago.
   */
  private long silentNanos(long timeoutNanos) {
    long own = System.nanoTime() - lastActivityNanos;
    if (own < timeoutNanos) {
      return own;
    }
    long delivering = Math.min(own, Delivery.silentNanos(clientChannel));
    return backendChannel == null
        ? delivering
        : Math.min(delivering, Delivery.silentNanos(backendChannel));
  }

  /**
   * Ends the flow: the only way out, the first call decides. The observer is told, sockets are
   * closed as the end demands, the lease is given back.
   */
  public void end(FlowEnd how, @Nullable String detail) {
    if (!flow.end(how, detail)) {
      return;
    }
    stopIdleTimers();
    clientSide.dropHeld();
    // Before the sockets: a drain is over when the last one is closed, and by then everything is
    // told.
    observer.ended(flow);
    close(how);
    if (LOG.isDebugEnabled()) {
      LOG.debugf(
          "flow ended flow=%d listener=%s client=%s backend=%s cause=%s detail=\"%s\"",
          flow.id(), flow.listener(), flow.client(), flow.backend(), how.label(), detail);
    }
    Lease held = lease;
    lease = null;
    if (held != null) {
      held.release();
    }
    onEnd.run();
  }

  private void close(FlowEnd how) {
    switch (how) {
      case CLIENT_END, BACKEND_END, IDLE, MAX_AGE, DRAIN, ADMIN, HANDSHAKE_FAILED -> {
        clientSide.close(clientChannel);
        if (backendSide != null && backendChannel != null) {
          backendSide.close(backendChannel);
        }
      }
      case CLIENT_RESET -> {
        Endings.reset(clientChannel);
        resetBackend();
      }
      case BACKEND_RESET, CONNECT_FAILED, NO_BACKEND -> {
        Endings.reset(clientChannel);
        resetBackend();
      }
      case ERROR -> {
        // Neither must take a broken stream for a whole one, which close_notify would make of it.
        if (clientHasAlert) {
          clientSide.close(clientChannel);
        } else {
          Endings.reset(clientChannel);
        }
        resetBackend();
      }
    }
  }

  private void resetBackend() {
    if (backendChannel != null) {
      Endings.reset(backendChannel);
    }
  }
}
