package io.steelyard.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.steelyard.backend.Lease;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.listener.Loops.Loop;
import io.steelyard.relay.Deadlines;
import io.steelyard.relay.Deadlines.Deadline;
import io.steelyard.relay.Dial;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.relay.Relay;
import io.steelyard.tls.HandshakeTarget;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.ServerTls.Selection;
import io.steelyard.wire.ClientHello;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One admitted flow on its way: ClientHello, handshake or route, dial, relay. Confined to its event
 * loop. Whatever fails on the way ends the flow through {@link Relay#end}, after which {@link
 * #ended} cleans up, once.
 */
final class Journey extends OpenFlows.OpenFlow
    implements HelloStage.Target, HandshakeTarget, Dial.Target {

  private final Listener listener;
  private final Loop loop;
  private final Channel client;
  private final Flow flow;
  private final Relay relay;

  /** Held until the relay is joined, then dropped: a flow must not keep an old revision alive. */
  private @Nullable ListenerSettings settings;

  private volatile boolean isEnded;
  private @Nullable Deadline handshakeDeadline;
  private @Nullable Dial dial;

  /** A journey that has not begun; takes the caller's hold of the settings over. */
  Journey(Listener listener, ListenerSettings settings, Loop loop, Channel client, Flow flow) {
    this.listener = listener;
    this.settings = settings;
    this.loop = loop;
    this.client = client;
    this.flow = flow;
    this.relay =
        new Relay(
            flow,
            client,
            settings.timeouts(),
            listener.observer(),
            listener.observer().accepted(flow),
            this::ended);
  }

  /** Begins; nothing has been read yet. */
  void start() {
    listener.openFlows().add(loop, this);
    if (settings().tls().isEmpty() && settings().routes().isEmpty()) {
      passThrough(settings().defaultGroup());
      return;
    }
    handshakeDeadline =
        Deadlines.of(loop.eventLoop())
            .in(
                settings().config().handshakeTimeout().toNanos(),
                () -> handshakeFailed(HandshakeFailure.TIMEOUT, "handshake timeout"));
    client.pipeline().addFirst(new HelloStage(this));
  }

  @Override
  public void complete(ChannelHandlerContext ctx, ClientHello hello, ByteBuf seen) {
    if (isOver(seen)) {
      return;
    }
    flow.asked(hello.serverName().orElse(null), hello.alpn());
    if (settings().tls().isEmpty()) {
      Optional<GroupRuntime> routed = settings().routes().orElseThrow().route(hello);
      replay(ctx, seen);
      passThrough(routed.or(settings()::defaultGroup));
      return;
    }
    ServerTls tls = settings().tls().get();
    switch (tls.select(hello)) {
      case Selection.Accepted accepted -> handshake(ctx, accepted, seen);
      case Selection.Refused refused -> {
        seen.release();
        refuseHandshake(ctx, refused.failure(), refused.alert(), "refused by the ClientHello");
      }
    }
  }

  /**
   * Whether the flow has ended, such as by its timer: what still comes from its pipeline is old.
   */
  private boolean isOver(ByteBuf seen) {
    if (relay.isEnded()) {
      seen.release();
      return true;
    }
    return false;
  }

  /**
   * Fails only where memory is short, or the listener has been closed; the flow then ends as any
   * other.
   */
  private void handshake(ChannelHandlerContext ctx, Selection.Accepted accepted, ByteBuf seen) {
    boolean begun = false;
    try {
      accepted.begin(ctx, this);
      begun = true;
    } finally {
      if (!begun) {
        seen.release();
      }
    }
    client.pipeline().fireChannelRead(seen);
  }

  @Override
  public void invalid(ChannelHandlerContext ctx, String reason, int alert, ByteBuf seen) {
    if (isOver(seen)) {
      return;
    }
    if (settings().tls().isPresent()) {
      seen.release();
      refuseHandshake(ctx, HandshakeFailure.NOT_TLS, alert, reason);
      return;
    }
    replay(ctx, seen);
    passThrough(settings().defaultGroup());
  }

  /** Lets the relay have what the hello stage gathered; it holds it until a backend is there. */
  private void replay(ChannelHandlerContext ctx, ByteBuf seen) {
    ctx.fireChannelRead(seen);
    client.pipeline().remove(ctx.handler());
  }

  @Override
  public void left(ChannelHandlerContext ctx, ByteBuf seen) {
    if (isOver(seen)) {
      return;
    }
    seen.release();
    if (settings().tls().isPresent()) {
      handshakeFailed(HandshakeFailure.DISCONNECT, "closed before its ClientHello was whole");
      return;
    }
    relay.end(FlowEnd.CLIENT_END, "closed before its ClientHello was whole");
  }

  @Override
  public void handshakeDone(TlsFacts facts) {
    if (relay.isEnded()) {
      return;
    }
    flow.handshakeDone(facts);
    listener.observer().handshakeDone(flow);
    passThrough(settings().defaultGroup());
  }

  @Override
  public void handshakeFailed(HandshakeFailure failure, String detail) {
    if (relay.isEnded()) {
      return;
    }
    flow.handshakeFailed(failure, Alerts.nameIn(detail));
    relay.end(FlowEnd.HANDSHAKE_FAILED, detail);
  }

  private void refuseHandshake(
      ChannelHandlerContext ctx, HandshakeFailure failure, int alert, String detail) {
    flow.handshakeFailed(failure, Alerts.name(alert));
    ctx.writeAndFlush(Alerts.fatal(client.alloc(), alert), client.voidPromise());
    relay.end(FlowEnd.HANDSHAKE_FAILED, detail);
  }

  /**
   * From here on bytes are only copied: the plaintext of a TLS flow, or a passthrough flow as it
   * is.
   */
  private void passThrough(Optional<GroupRuntime> group) {
    stopHandshakeDeadline();
    if (relay.isEnded()) {
      return;
    }
    relay.open();
    if (group.isEmpty()) {
      relay.end(FlowEnd.NO_BACKEND, "no route for SNI " + flow.sni());
      return;
    }
    dial = new Dial(group.get(), loop.eventLoop(), flow, listener.observer(), this);
    dial.start();
  }

  @Override
  public void connected(Channel backend, Lease lease, long connectNanos) {
    relay.join(backend, lease, connectNanos);
    // From here on the flow uses its two sockets and their TLS engines, nothing of the settings.
    dial = null;
    releaseSettings();
  }

  @Override
  public void failed(FlowEnd end, String detail) {
    relay.end(end, detail);
  }

  @Override
  public void outOfFiles() {
    DescriptorGuard.tell(client);
  }

  @Override
  public Optional<ByteBuf> proxyHeader(ProxyProtocol settings) {
    return Optional.of(FlowProxyHeader.of(flow).encode(client.alloc(), settings));
  }

  @Override
  public Flow flow() {
    return flow;
  }

  @Override
  public boolean isEnded() {
    return isEnded;
  }

  @Override
  public void end(FlowEnd how, String detail) {
    relay.end(how, detail);
  }

  private void ended() {
    isEnded = true;
    stopHandshakeDeadline();
    if (dial != null) {
      dial.cancel();
    }
    listener.openFlows().remove(loop, this);
    releaseSettings();
  }

  private ListenerSettings settings() {
    return Objects.requireNonNull(settings, "settings are held until the relay is joined");
  }

  private void releaseSettings() {
    ListenerSettings held = settings;
    settings = null;
    if (held != null) {
      held.release();
    }
  }

  private void stopHandshakeDeadline() {
    if (handshakeDeadline != null) {
      handshakeDeadline.cancel();
      handshakeDeadline = null;
    }
  }
}
