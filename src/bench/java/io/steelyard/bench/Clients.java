package io.steelyard.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * Our own clients: one event loop, so that they leave a processor to whom they measure. They offer
 * one suite and one group, which all balancers have, so that none does dearer cryptography than
 * another.
 */
final class Clients implements AutoCloseable {

  static final String SUITE = "TLS_AES_128_GCM_SHA256";
  static final String GROUP = "X25519";

  private final EventLoopGroup group = new EpollEventLoopGroup(1);
  private final SslContext fresh;
  private final SslContext resuming;

  Clients() throws SSLException {
    fresh = context(false);
    resuming = context(true);
  }

  private static SslContext context(boolean resuming) throws SSLException {
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .protocols("TLSv1.3")
            .ciphers(List.of(SUITE))
            .option(OpenSslContextOption.GROUPS, new String[] {GROUP})
            .build();
    ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(resuming);
    return context;
  }

  EventLoop loop() {
    return group.next();
  }

  /**
   * Clients of that port; sessions are kept by name and port, and so for one balancer alone.
   *
   * @param name what each asks for by SNI
   * @param handler a new one for each
   */
  Bootstrap of(
      Target target, boolean resumed, Supplier<String> name, Supplier<ChannelHandler> handler) {
    SslContext context = resumed ? resuming : fresh;
    return new Bootstrap()
        .group(group)
        .channel(EpollSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000)
        .remoteAddress(InetAddress.ofLiteral("127.0.0.1"), target.port())
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                if (target.tls()) {
                  channel
                      .pipeline()
                      .addLast(context.newHandler(channel.alloc(), name.get(), target.port()));
                }
                channel.pipeline().addLast(handler.get());
              }
            });
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
