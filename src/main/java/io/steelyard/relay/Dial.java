package io.steelyard.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
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
import io.steelyard.tls.BackendTls;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetSocketInternal;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way of one flow to its backend: lease, connect, and on failure exclude that backend and lease
 * again, as long as retries are left. Confined to the flow's event loop; ends in exactly one call
 * of its {@link Target}, or in none once cancelled.
 */
public final class Dial {

  private final GroupRuntime runtime;
  private final ServerGroup group;
  private final ServerGroupConfig config;
  private final ContextInternal context;
  private final EventLoop loop;
  private final Flow flow;
  private final FlowObserver observer;
  private final Target target;
  private final Set<Backend> excluded = new HashSet<>();

  private boolean done;
  private @Nullable Lease lease;

  /** How to connect to the lease's backend; retained as long as the lease is held here. */
  private @Nullable GroupRuntime leased;

  private ServerGroup.@Nullable Waiter waiter;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable Channel securing;
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

    /** The PROXY header to open the connection with, encoded; released by the dial. */
    Optional<ByteBuf> proxyHeader(ProxyProtocol settings);
  }

  /** A dial for one flow; {@link #start} sets it going. */
  public Dial(
      GroupRuntime runtime,
      ContextInternal context,
      Flow flow,
      FlowObserver observer,
      Target target) {
    this.runtime = runtime;
    this.group = runtime.group();
    this.config = runtime.config();
    this.context = context;
    this.loop = context.nettyEventLoop();
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
    stopTimer();
    if (waiter != null) {
      waiter.cancel();
      waiter = null;
    }
    if (securing != null) {
      Endings.reset(securing);
      securing = null;
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
    return new LeaseRequest(flow.client().getAddress(), Set.copyOf(excluded));
  }

  private void queue() {
    Optional<ServerGroup.Waiter> place =
        group.await(request(), granted -> loop.execute(() -> grantedFromQueue(granted)));
    if (place.isEmpty()) {
      fail(FlowEnd.NO_BACKEND, "every usable backend is at its max-connections");
      return;
    }
    waiter = place.get();
    timer =
        loop.schedule(
            this::queueTimedOut, config.queue().timeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void grantedFromQueue(Lease granted) {
    if (done) {
      granted.release();
      return;
    }
    waiter = null;
    stopTimer();
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
    leased = runtime.retainedFor(chosen);
    Backend backend = chosen.backend();
    flow.trying(config.name(), backend.config().address());
    if (!excluded.isEmpty()) {
      observer.retried(flow);
    }
    tryStartedNanos = System.nanoTime();
    // Dispatched, so that NetClient finds the flow's context: on a bare Netty callback it would
    // make a new one on any
    // loop, and the flow's two sockets would live on different threads.
    context.dispatch(v -> open(backend).onComplete(connecting -> connected(backend, connecting)));
  }

  private Future<NetSocket> open(Backend backend) {
    try {
      GroupRuntime how = how();
      return how.client().connect(how.address(backend));
    } catch (RuntimeException | LinkageError e) {
      // Out of descriptors, the first dial of a process may fail to load the classes it needs.
      return Future.failedFuture(e);
    }
  }

  private void connected(Backend backend, AsyncResult<NetSocket> connecting) {
    if (connecting.failed()) {
      tryFailed(backend, connecting.cause());
      return;
    }
    ChannelHandlerContext vertxHandler =
        ((NetSocketInternal) connecting.result()).channelHandlerContext();
    Channel channel = vertxHandler.channel();
    if (done) {
      Endings.reset(channel);
      return;
    }
    // From here on our own handlers read and write; Vert.x' handler would only add a layer per
    // buffer.
    channel.pipeline().remove(vertxHandler.handler());
    // Vert.x has a pool of its own; with two pools every loop would keep twice the memory.
    channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
    ReadBuffers.prepare(channel);
    try {
      introduce(channel);
      if (how().config().backendProtocol() == BackendProtocol.TLS) {
        secure(backend, channel);
        return;
      }
    } catch (RuntimeException e) {
      // An engine or a buffer could not be had.
      securing = null;
      stopTimer();
      Endings.reset(channel);
      tryFailed(backend, e);
      return;
    }
    succeed(channel);
  }

  private void introduce(Channel channel) {
    ProxyProtocol proxyProtocol = how().config().proxyProtocol();
    if (proxyProtocol.version() != ProxyProtocol.Version.NONE) {
      target
          .proxyHeader(proxyProtocol)
          .ifPresent(header -> channel.writeAndFlush(header, channel.voidPromise()));
    }
  }

  private void secure(Backend backend, Channel channel) {
    GroupRuntime how = how();
    BackendTls tls = how.tls().orElseThrow();
    securing = channel;
    long spentNanos = System.nanoTime() - tryStartedNanos;
    long leftNanos = how.config().connectTimeout().toNanos() - spentNanos;
    timer =
        loop.schedule(
            () -> secured(backend, channel, new ConnectTimeoutException("TLS handshake")),
            Math.max(leftNanos, 0),
            TimeUnit.NANOSECONDS);
    channel.pipeline().addLast(new HandshakeWatch(backend));
    channel.pipeline().addFirst(tls.newHandler(channel.alloc(), backend.config()));
  }

  private void secured(Backend backend, Channel channel, @Nullable Throwable failure) {
    if (securing != channel) {
      return;
    }
    securing = null;
    stopTimer();
    if (failure == null) {
      succeed(channel);
      return;
    }
    Endings.reset(channel);
    tryFailed(backend, failure);
  }

  private void succeed(Channel channel) {
    done = true;
    Lease held = Objects.requireNonNull(lease, "a lease is held while connecting");
    lease = null;
    how().release();
    leased = null;
    target.connected(channel, held, System.nanoTime() - tryStartedNanos);
  }

  private void tryFailed(Backend backend, Throwable cause) {
    if (done) {
      return;
    }
    ConnectFailure reason = DialFailures.classify(cause);
    observer.connectFailed(flow, reason);
    releaseLease();
    flow.tryFailed();
    excluded.add(backend);
    if (excluded.size() > config.retries()) {
      fail(FlowEnd.CONNECT_FAILED, reason.label() + ": " + cause.getMessage());
      return;
    }
    choose();
  }

  private void fail(FlowEnd end, String detail) {
    done = true;
    stopTimer();
    target.failed(end, detail);
  }

  private void releaseLease() {
    Lease held = lease;
    GroupRuntime how = leased;
    lease = null;
    leased = null;
    if (how != null) {
      how.release();
    }
    if (held != null) {
      held.release();
    }
  }

  private GroupRuntime how() {
    return Objects.requireNonNull(leased, "a lease is held while connecting");
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /**
   * Sees the end of the TLS handshake as an event of the pipeline, not as a future's listener:
   * plaintext that comes with the backend's last flight follows in the same call, and must find the
   * relay in place.
   */
  private final class HandshakeWatch extends ChannelInboundHandlerAdapter {
    private final Backend backend;

    HandshakeWatch(Backend backend) {
      this.backend = backend;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent completion) {
        Channel channel = ctx.channel();
        if (completion.isSuccess()) {
          // Where it failed, the same failure follows as an exception, which we take as well.
          ctx.pipeline().remove(this);
        }
        secured(backend, channel, completion.isSuccess() ? null : completion.cause());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      secured(backend, ctx.channel(), new ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      secured(backend, ctx.channel(), cause);
    }
  }
}
