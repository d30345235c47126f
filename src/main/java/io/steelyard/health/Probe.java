package io.steelyard.health;

import io.netty.handler.ssl.SslHandler;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.health.ProbeOutcome.Reason;
import io.steelyard.health.StatusReader.MalformedResponseException;
import io.steelyard.tls.BackendTls;
import io.steelyard.wire.ProxyHeader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One probe of one backend, from connect to a closed socket: connect → PROXY header → TLS handshake
 * → request → status, as far as the check's type goes. One timeout covers it all. It comes to one
 * outcome, and after it to an end, when its socket is closed. Used on the checker's context only.
 */
final class Probe {

  private final ContextInternal context;
  private final ProbePlan plan;
  private final BackendConfig backend;
  private final long startNanos = System.nanoTime();
  private final Promise<ProbeOutcome> outcome = Promise.promise();
  private final Promise<Void> ended = Promise.promise();
  private final StatusReader statusReader = new StatusReader();
  private String step = "connect";
  private Optional<Long> timeoutTimer = Optional.empty();
  private @Nullable NetSocketInternal socket;
  private boolean abandoned;

  Probe(ContextInternal context, ProbePlan plan, BackendConfig backend) {
    this.context = context;
    this.plan = plan;
    this.backend = backend;
  }

  /** Starts it. The client's connect timeout is the check's timeout. */
  Probe start(NetClient client) {
    SocketAddress address = SocketAddress.inetSocketAddress(plan.port(backend), backend.host());
    try {
      client.connect(address).onSuccess(this::connected).onFailure(this::connectFailed);
    } catch (RuntimeException | LinkageError e) {
      // No socket could even be made: out of descriptors, the first one may lack its classes. Not
      // the backend's fault, and
      // the check must go on.
      decide(new ProbeOutcome(Reason.FILES, "no socket could be made"));
      ended.tryComplete();
    }
    return this;
  }

  /** What it came to. Never fails; never completes where the probe is abandoned first. */
  Future<ProbeOutcome> outcome() {
    return outcome.future();
  }

  /** Completes once it has an outcome, or was abandoned, and holds no socket. */
  Future<Void> ended() {
    return ended.future();
  }

  long elapsedNanos() {
    return System.nanoTime() - startNanos;
  }

  /**
   * Ends it without an outcome.
   *
   * @return completes when its socket is closed. Vert.x cannot take back a connect under way: that
   *     one is over within the timeout, is closed on arrival, and is not waited for.
   */
  Future<Void> abandon() {
    abandoned = true;
    if (socket == null) {
      return Future.succeededFuture();
    }
    cut();
    return ended.future();
  }

  private void connectFailed(Throwable cause) {
    decide(Diagnosis.of(cause));
    ended.tryComplete();
  }

  private void connected(NetSocket connected) {
    NetSocketInternal open = (NetSocketInternal) connected;
    socket = open;
    open.exceptionHandler(cause -> fail(Diagnosis.of(cause)));
    open.closeHandler(closed -> closed());
    if (abandoned) {
      cut();
      return;
    }
    // What connecting took is gone; below a millisecond left, the timer fires at once.
    long leftNanos = plan.check().timeout().toNanos() - elapsedNanos();
    long leftMillis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos));
    timeoutTimer = Optional.of(context.owner().setTimer(leftMillis, id -> timedOut()));
    if (plan.sendsProxyHeader()) {
      sendProxyHeader(open);
    }
    plan.tls().ifPresentOrElse(tls -> handshake(open, tls), () -> ready(open, "connected"));
  }

  private void sendProxyHeader(NetSocketInternal socket) {
    InetSocketAddress source =
        (InetSocketAddress) socket.channelHandlerContext().channel().localAddress();
    InetSocketAddress destination =
        (InetSocketAddress) socket.channelHandlerContext().channel().remoteAddress();
    ProxyHeader header =
        new ProxyHeader(true, source, destination, "", "", new byte[0], Optional.empty());
    socket.writeMessage(
        header.encode(socket.channelHandlerContext().alloc(), plan.proxyProtocol()));
  }

  private void handshake(NetSocketInternal socket, BackendTls tls) {
    step = "TLS handshake";
    SslHandler handler = tls.newHandler(socket.channelHandlerContext().alloc(), backend);
    handler
        .handshakeFuture()
        .addListener(
            done ->
                // emit: without a hop, so that the close that follows a failure does not come first
                // and hide its reason.
                context.emit(
                    v -> {
                      if (done.isSuccess()) {
                        ready(
                            socket,
                            "handshake done, " + handler.engine().getSession().getProtocol());
                        return;
                      }
                      fail(handshakeFailure(done.cause()));
                    }));
    socket.channelHandlerContext().pipeline().addFirst("ssl", handler);
  }

  /**
   * A peer that closes or speaks something else during the handshake has failed at TLS, but a reset
   * stays a reset.
   */
  private static ProbeOutcome handshakeFailure(Throwable cause) {
    ProbeOutcome diagnosed = Diagnosis.of(cause);
    if (diagnosed.reason() == Reason.RESET && !(cause instanceof ClosedChannelException)) {
      return diagnosed;
    }
    return diagnosed.reason() == Reason.TLS
        ? diagnosed
        : new ProbeOutcome(Reason.TLS, "connection closed during the handshake");
  }

  private void ready(NetSocketInternal socket, String text) {
    if (!plan.speaksHttp()) {
      succeed(socket, ProbeOutcome.ok(text));
      return;
    }
    step = "response";
    socket.handler(bytes -> received(socket, bytes));
    socket.write(
        Buffer.buffer(ProbeRequest.encode(plan.check(), backend.host(), plan.port(backend))));
  }

  private void received(NetSocketInternal socket, Buffer bytes) {
    if (outcome.future().isComplete()) {
      return;
    }
    try {
      OptionalInt status = statusReader.read(bytes.getBytes());
      if (status.isPresent()) {
        succeed(socket, plan.judge(status.getAsInt()));
      }
    } catch (MalformedResponseException malformed) {
      fail(new ProbeOutcome(Reason.PROTOCOL, malformed.what()));
    }
  }

  private void timedOut() {
    timeoutTimer = Optional.empty();
    String limit = plan.check().timeout().toMillis() + " ms";
    fail(new ProbeOutcome(Reason.TIMEOUT, step + " not done within " + limit));
  }

  /**
   * The backend has answered: what was sent is flushed, then close_notify where there is TLS, then
   * FIN.
   */
  private void succeed(NetSocketInternal socket, ProbeOutcome answered) {
    if (decide(answered)) {
      socket.close();
    }
  }

  private void fail(ProbeOutcome failed) {
    if (decide(failed)) {
      cut();
    }
  }

  /**
   * Closes at the head of the pipeline, at once. {@code NetSocket.close()} first waits for a write
   * to be flushed, and SslHandler holds writes until the handshake is done: a backend that never
   * answers it would keep the socket for ever.
   */
  private void cut() {
    if (socket != null) {
      socket.channelHandlerContext().pipeline().firstContext().close();
    }
  }

  private void closed() {
    decide(
        plan.speaksHttp()
            ? new ProbeOutcome(Reason.PROTOCOL, "connection closed before a status line")
            : new ProbeOutcome(Reason.RESET, "connection closed"));
    ended.tryComplete();
  }

  private boolean decide(ProbeOutcome decided) {
    timeoutTimer.ifPresent(context.owner()::cancelTimer);
    timeoutTimer = Optional.empty();
    return !abandoned && outcome.tryComplete(decided);
  }
}
