package io.steelyard.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Connection, handshake, 1 KiB, close; then the next one, on so many at a time. The backend closes
 * first. An operation is what came whole and ended clean, and resumed where it should.
 */
final class HandshakeLoad implements Load {

  private static final int AT_ONCE = 16;
  private static final ByteBuf REQUEST =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes("GET /small HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

  private final Clients clients;
  private final boolean resumed;
  private final Supplier<String> names;

  HandshakeLoad(Clients clients, boolean resumed, Supplier<String> names) {
    this.clients = clients;
    this.resumed = resumed;
    this.names = names;
  }

  @Override
  public Outcome run(Target target, Duration window) {
    Tally tally = new Tally();
    Loop loop = new Loop(target, tally);
    try {
      for (int number = 0; number < AT_ONCE; number++) {
        loop.next();
      }
      // The first ones of a resuming client are full handshakes.
      Pause.of(Duration.ofMillis(300));
      return tally.over(window, target.balancer());
    } finally {
      loop.end();
    }
  }

  /** The clients of one run. */
  private final class Loop {

    private final Tally tally;
    private final Bootstrap bootstrap;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean ended;

    Loop(Target target, Tally tally) {
      this.tally = tally;
      bootstrap = clients.of(target, resumed, names, () -> new Client(target.tls()));
    }

    void next() {
      if (!ended) {
        open.incrementAndGet();
        bootstrap
            .connect()
            .addListener(
                (ChannelFuture future) -> {
                  if (!future.isSuccess()) {
                    over(false, 0);
                  }
                });
      }
    }

    private void over(boolean whole, long startNanos) {
      open.decrementAndGet();
      if (whole) {
        tally.done(startNanos);
        next();
      } else {
        tally.failed();
        // A balancer that refuses must not be asked as fast as it can refuse.
        clients.loop().schedule(this::next, 10, TimeUnit.MILLISECONDS);
      }
    }

    void end() {
      ended = true;
      for (int tries = 0; tries < 200 && open.get() > 0; tries++) {
        Pause.of(Duration.ofMillis(10));
      }
    }

    /** One connection. */
    private final class Client extends SimpleChannelInboundHandler<ByteBuf> {

      private final boolean tls;
      private final long startNanos = System.nanoTime();
      private long received;
      private boolean asWanted = true;

      Client(boolean tls) {
        this.tls = tls;
      }

      @Override
      public void channelActive(ChannelHandlerContext context) {
        if (!tls) {
          context.writeAndFlush(REQUEST.duplicate());
        }
      }

      @Override
      public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
          SslHandler handler = context.pipeline().get(SslHandler.class);
          asWanted = isResumed((ReferenceCountedOpenSslEngine) handler.engine()) == resumed;
          context.writeAndFlush(REQUEST.duplicate());
        }
      }

      @SuppressWarnings("deprecation") // Netty keeps isSessionReused to itself.
      private boolean isResumed(ReferenceCountedOpenSslEngine engine) {
        return SSL.isSessionReused(engine.sslPointer());
      }

      @Override
      protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
        received += bytes.readableBytes();
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        over(asWanted && received > Backend.SMALL_BYTES, startNanos);
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        asWanted = false;
        context.close();
      }
    }
  }
}
