package io.steelyard.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * 10 MiB a request over kept connections, as fast as they take it; the backend throws them away.
 */
final class UploadLoad implements Load {

  private static final int CONNECTIONS = 8;
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final Duration SETTLING = Duration.ofMillis(300);
  private static final ByteBuf CHUNK =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK_BYTES).writeZero(CHUNK_BYTES));
  private static final ByteBuf HEAD =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(
                  "POST /upload HTTP/1.1\r\nHost: bench.test\r\nContent-Length: %d\r\n\r\n"
                      .formatted(Backend.LARGE_BYTES)
                      .getBytes(StandardCharsets.US_ASCII)));

  private final Clients clients;

  UploadLoad(Clients clients) {
    this.clients = clients;
  }

  @Override
  public Outcome run(Target target, Duration window) {
    Tally tally = new Tally();
    ChannelGroup channels = new DefaultChannelGroup(clients.loop());
    Bootstrap bootstrap =
        clients.of(
            target,
            false,
            () -> Certificates.NAME,
            () -> new Client(target.tls(), tally, channels));
    for (int number = 0; number < CONNECTIONS; number++) {
      bootstrap.connect();
    }
    Pause.of(SETTLING);
    try {
      return tally.over(window, target.balancer());
    } finally {
      channels.close().awaitUninterruptibly();
    }
  }

  /** One connection. */
  private static final class Client extends SimpleChannelInboundHandler<ByteBuf> {

    private final boolean tls;
    private final Tally tally;
    private final ChannelGroup channels;
    private long startNanos;
    private long left;
    private boolean answered;

    Client(boolean tls, Tally tally, ChannelGroup channels) {
      this.tls = tls;
      this.tally = tally;
      this.channels = channels;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channels.add(context.channel());
      if (!tls) {
        begin(context.channel());
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
        begin(context.channel());
      }
    }

    private void begin(Channel channel) {
      startNanos = System.nanoTime();
      left = Backend.LARGE_BYTES;
      answered = false;
      channel.write(HEAD.duplicate(), channel.voidPromise());
      more(channel);
    }

    private void more(Channel channel) {
      while (left > 0 && channel.isWritable()) {
        left -= CHUNK_BYTES;
        channel
            .write(CHUNK.duplicate())
            .addListener(
                written -> {
                  if (written.isSuccess()) {
                    tally.part((double) CHUNK_BYTES / Backend.LARGE_BYTES);
                  }
                });
      }
      channel.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      more(context.channel());
      again(context.channel());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf answer) {
      answered = true;
      again(context.channel());
    }

    /** The backend answers as soon as it has the head, and reads on. */
    private void again(Channel channel) {
      if (answered && left == 0 && channel.isWritable()) {
        tally.took(startNanos);
        begin(channel);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      tally.failed();
      context.close();
    }
  }
}
