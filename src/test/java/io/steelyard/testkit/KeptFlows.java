package io.steelyard.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Many TLS flows of a cheap client (BoringSSL on epoll, one thread) that are kept open, each an
 * HTTP/1.1 connection to some backend that answers every request with 200.
 */
public final class KeptFlows implements AutoCloseable {

  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

  /** Handshakes and requests under way at a time. */
  private static final int AT_A_TIME = 64;

  private static final long PATIENCE_SECONDS = 60;

  private final EventLoopGroup loop = new EpollEventLoopGroup(1);
  private final List<Asker> flows = new CopyOnWriteArrayList<>();
  private final SslContext tls;
  private final int port;

  /** A client of that loopback port that trusts that CA bundle for {@code localhost}. */
  public KeptFlows(Path ca, int port) throws SSLException {
    this.port = port;
    tls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .trustManager(ca.toFile())
            .build();
  }

  /** Opens that many more and has each answered once. */
  public void open(int count) {
    atATime(
        count,
        number -> {
          Asker asker = new Asker();
          flows.add(asker);
          asker.answered = new CompletableFuture<>();
          new Bootstrap()
              .group(loop)
              .channel(EpollSocketChannel.class)
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel
                          .pipeline()
                          .addLast(tls.newHandler(channel.alloc(), "localhost", port));
                      channel.pipeline().addLast(asker);
                    }
                  })
              .connect("127.0.0.1", port)
              .addListener(
                  connected -> {
                    if (!connected.isSuccess()) {
                      asker.answered.completeExceptionally(connected.cause());
                    }
                  });
          return asker.answered;
        });
  }

  /** Asks on every flow; fails where one does not answer. */
  public void askAll() {
    List<Asker> all = List.copyOf(flows);
    atATime(all.size(), number -> all.get(number).ask());
  }

  /** How many are connected. */
  public long connected() {
    return flows.stream().filter(Asker::isConnected).count();
  }

  /** Closes all flows and keeps the client. */
  public void closeAll() {
    flows.forEach(Asker::close);
    flows.clear();
  }

  @Override
  public void close() {
    closeAll();
    loop.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    io.netty.util.ReferenceCountUtil.release(tls);
  }

  private interface Start {
    CompletableFuture<Void> run(int number);
  }

  private static void atATime(int count, Start start) {
    Semaphore room = new Semaphore(AT_A_TIME);
    CompletableFuture<Void> failed = new CompletableFuture<>();
    try {
      for (int i = 0; i < count && !failed.isDone(); i++) {
        take(room, 1);
        start
            .run(i)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    failed.completeExceptionally(failure);
                  }
                  room.release();
                });
      }
      take(room, AT_A_TIME);
      failed.complete(null);
      failed.get();
    } catch (InterruptedException | TimeoutException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void take(Semaphore room, int permits)
      throws InterruptedException, TimeoutException {
    if (!room.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new TimeoutException("no answer in " + PATIENCE_SECONDS + " s");
    }
  }

  /** One flow: asks as soon as its handshake is done, and again when told. */
  private static final class Asker extends SimpleChannelInboundHandler<ByteBuf> {
    private volatile @Nullable ChannelHandlerContext context;
    private volatile CompletableFuture<Void> answered = new CompletableFuture<>();
    private final StringBuilder answer = new StringBuilder();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      context = ctx;
      // SslHandler holds it until the handshake is done.
      ctx.writeAndFlush(Unpooled.wrappedBuffer(REQUEST));
    }

    CompletableFuture<Void> ask() {
      CompletableFuture<Void> next = new CompletableFuture<>();
      withContext(
          ctx ->
              ctx.executor()
                  .execute(
                      () -> {
                        answered = next;
                        answer.setLength(0);
                        ctx.writeAndFlush(Unpooled.wrappedBuffer(REQUEST))
                            .addListener(
                                written -> {
                                  if (!written.isSuccess()) {
                                    next.completeExceptionally(written.cause());
                                  }
                                });
                      }));
      return next;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      answer.append(bytes.toString(US_ASCII));
      if (answer.indexOf("\r\n\r\n") > 0) {
        if (answer.indexOf("HTTP/1.1 200 OK") == 0) {
          answered.complete(null);
        } else {
          answered.completeExceptionally(new IllegalStateException("answered: " + answer));
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      answered.completeExceptionally(new IllegalStateException("closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      answered.completeExceptionally(cause);
      ctx.close();
    }

    boolean isConnected() {
      ChannelHandlerContext ctx = context;
      return ctx != null && ctx.channel().isActive();
    }

    void close() {
      withContext(ChannelHandlerContext::close);
    }

    private void withContext(Consumer<ChannelHandlerContext> use) {
      ChannelHandlerContext ctx = context;
      if (ctx != null) {
        use.accept(ctx);
      }
    }
  }
}
