package io.steelyard.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steelyard.backend.Backend;
import io.steelyard.backend.Lease;
import io.steelyard.backend.LeaseOutcome;
import io.steelyard.backend.LeaseRequest;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.relay.Deadlines.Deadline;
import io.steelyard.tls.BackendTls;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of one flow to its backend: lease, connect, and on failure exclude that backend and lease
 * again, as long as retries are left. Confined to the flow's event loop; ends in exactly one call
 * of its {@link Target}, or in none once cancelled.
 */
public final class Dial implements ChannelFutureListener {

  private final GroupRuntime runtime;
  private final ServerGroup group;
  private final ServerGroupConfig config;
  private final EventLoop loop;
  private final Flow flow;
  private final FlowObserver observer;
  private final Target target;

  /** Immutable, replaced: most dials exclude nobody. */
  private Set<Backend> excluded = Set.of();

  private boolean done;
  private @Nullable Lease lease;

  /** How to connect to the lease's backend; retained here where it is not the flow's own. */
  private @Nullable GroupRuntime leased;

  private ServerGroup.@Nullable Waiter waiter;

  /** Of the wait in the queue, or of the try with its handshake. */
  private @Nullable Deadline deadline;

  /** The channel of the try: what is told of any other is old. */
  private @Nullable Channel opening;

  private long tryStartedNanos;

  /** What becomes of a dial. Called on the flow's event loop. */
  public interface Target {
    /**
     * A backend is connected; the target owns channel and lease from here on. Called inside the
     * backend pipeline's own event, so that a handler added now misses no byte.
     */
    void connected(Channel backend, Lease lease, long connectNanos);

    /** There will be no backend. */
    void failed(FlowEnd end, String detail);

    /** A try has failed because the process is out of file descriptors; what follows is told. */
    void outOfFiles();

    /** The PROXY header to open the connection with, encoded; released by the dial. */
    Optional<ByteBuf> proxyHeader(ProxyProtocol settings);
  }

  /**
   * A dial for one flow; {@link #start} sets it going.
   *
   * @param runtime the caller's user of it stays until the dial is over
   * @param loop the flow's
   */
  public Dial(
      GroupRuntime runtime, EventLoop loop, Flow flow, FlowObserver observer, Target target) {
    this.runtime = runtime;
    this.group = runtime.group();
    this.config = runtime.config();
    this.loop = loop;
    this.flow = flow;
    this.observer = observer;
    this.target = target;
  }

  /** Begins. */
  public void start() {
    choose();
  }

  /** Gives up: whatever is under way is undone, and the target hears nothing more. */
  public void cancel() {
    if (done) {
      return;
    }
    done = true;
    stopWaiting();
    if (waiter != null) {
      waiter.cancel();
      waiter = null;
    }
    Channel channel = opening;
    if (channel != null) {
      opening = null;
      Endings.reset(channel);
    }
    releaseLease();
  }

  private void choose() {
    LeaseOutcome outcome = group.lease(request());
    switch (outcome) {
      case Lease chosen -> connect(chosen);
      case LeaseOutcome.Full full -> queue();
      case LeaseOutcome.None none -> {
        if (none.excluded() || !excluded.isEmpty()) {
          fail(FlowEnd.CONNECT_FAILED, "no other backend to try after " + flow.tries() + " tries");
        } else {
          fail(FlowEnd.NO_BACKEND, "no usable backend");
        }
      }
    }
  }

  private LeaseRequest request() {
    return new LeaseRequest(flow.client().getAddress(), excluded);
  }

  private void queue() {
    Optional<ServerGroup.Waiter> place =
        group.await(request(), granted -> loop.execute(() -> grantedFromQueue(granted)));
    if (place.isEmpty()) {
      fail(FlowEnd.NO_BACKEND, "every usable backend is at its max-connections");
      return;
    }
    waiter = place.get();
    deadline = Deadlines.of(loop).in(config.queue().timeout().toNanos(), this::queueTimedOut);
  }

  private void grantedFromQueue(Lease granted) {
    if (done) {
      granted.release();
      return;
    }
    waiter = null;
    stopWaiting();
    connect(granted);
  }

  private void queueTimedOut() {
    ServerGroup.Waiter waiting = waiter;
    // A refused cancel means the lease is on its way to this loop: then it is used.
    if (done || waiting == null || !waiting.cancel()) {
      return;
    }
    waiter = null;
    fail(FlowEnd.NO_BACKEND, "waited for room in the queue in vain");
  }

  private void connect(Lease chosen) {
    lease = chosen;
    GroupRuntime how = runtime.forLease(chosen);
    leased = how;
    flow.trying(config.name(), chosen.backend().config().address());
    if (!excluded.isEmpty()) {
      observer.retried(flow);
    }
    tryStartedNanos = System.nanoTime();
    try {
      deadline = Deadlines.of(loop).in(how.connectTimeoutNanos(), this::tooLate);
      ChannelFuture connecting = BackendSockets.connect(loop, chosen.backend().socketAddress());
      opening = connecting.channel();
      connecting.addListener(this);
    } catch (RuntimeException | LinkageError e) {
      // Out of descriptors; the first dial of a process may fail to load the classes it needs.
      tryFailed(e);
    }
  }

  /** Connected, or not. */
  @Override
  public void operationComplete(ChannelFuture connecting) {
    Channel channel = connecting.channel();
    if (opening != channel) {
      return;
    }
    if (!connecting.isSuccess()) {
      opening = null;
      Endings.close(channel);
      tryFailed(connecting.cause());
      return;
    }
    try {
      introduce(channel);
      if (how().config().backendProtocol() == BackendProtocol.TLS) {
        secure(channel);
        return;
      }
    } catch (RuntimeException e) {
      // An engine or a buffer could not be had.
      giveUp(channel, e);
      return;
    }
    succeed(channel);
  }

  private void tooLate() {
    deadline = null;
    Channel channel = opening;
    if (channel != null) {
      String step = channel.isActive() ? "TLS handshake" : "connect";
      giveUp(channel, new ConnectTimeoutException(step + " took longer than the connect-timeout"));
    }
  }

  private void giveUp(Channel channel, Throwable cause) {
    opening = null;
    Endings.reset(channel);
    tryFailed(cause);
  }

  private void introduce(Channel channel) {
    ProxyProtocol proxyProtocol = how().config().proxyProtocol();
    if (proxyProtocol.version() != ProxyProtocol.Version.NONE) {
      target
          .proxyHeader(proxyProtocol)
          .ifPresent(header -> channel.writeAndFlush(header, channel.voidPromise()));
    }
  }

  private void secure(Channel channel) {
    BackendTls tls = how().tls().orElseThrow();
    channel.pipeline().addLast(new HandshakeWatch());
    channel.pipeline().addFirst(tls.newHandler(channel.alloc(), leasedBackend().config()));
  }

  private void secured(Channel channel, @Nullable Throwable failure) {
    if (opening != channel) {
      return;
    }
    if (failure == null) {
      succeed(channel);
      return;
    }
    giveUp(channel, failure);
  }

  private void succeed(Channel channel) {
    done = true;
    opening = null;
    stopWaiting();
    Lease held = Objects.requireNonNull(lease, "a lease is held while connecting");
    lease = null;
    letGo();
    target.connected(channel, held, System.nanoTime() - tryStartedNanos);
  }

  private void tryFailed(Throwable cause) {
    stopWaiting();
    ConnectFailure reason = DialFailures.classify(cause);
    observer.connectFailed(flow, reason);
    if (reason == ConnectFailure.NO_PORT && DialFailures.isOutOfFiles(cause)) {
      target.outOfFiles();
    }
    exclude(leasedBackend());
    releaseLease();
    flow.tryFailed();
    if (excluded.size() > config.retries()) {
      fail(FlowEnd.CONNECT_FAILED, reason.label() + ": " + cause.getMessage());
      return;
    }
    choose();
  }

  private void exclude(Backend backend) {
    Set<Backend> more = new HashSet<>(excluded);
    more.add(backend);
    excluded = Set.copyOf(more);
  }

  private void fail(FlowEnd end, String detail) {
    done = true;
    stopWaiting();
    target.failed(end, detail);
  }

  private void releaseLease() {
    Lease held = lease;
    lease = null;
    letGo();
    if (held != null) {
      held.release();
    }
  }

  private void letGo() {
    GroupRuntime how = leased;
    leased = null;
    if (how != null && how != runtime) {
      how.release();
    }
  }

  private GroupRuntime how() {
    return Objects.requireNonNull(leased, "a lease is held while connecting");
  }

  private Backend leasedBackend() {
    return Objects.requireNonNull(lease, "a lease is held while connecting").backend();
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel();
      deadline = null;
    }
  }

  /**
   * Sees the end of the TLS handshake as an event of the pipeline, not as a future's listener:
   * plaintext that comes with the backend's last flight follows in the same call, and must find the
   * relay in place.
   */
  private final class HandshakeWatch extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent completion) {
        Channel channel = ctx.channel();
        if (completion.isSuccess()) {
          // Where it failed, the same failure follows as an exception, which we take as well.
          ctx.pipeline().remove(this);
        }
        secured(channel, completion.isSuccess() ? null : completion.cause());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      secured(ctx.channel(), new ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      secured(ctx.channel(), cause);
    }
  }
}
