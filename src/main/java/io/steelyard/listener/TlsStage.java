package io.steelyard.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.ServerTls.Selection;

/**
 * Stands behind the TLS handler during a handshake and tells how it ended. Sees the end as an event
 * of the pipeline, not as a future's listener: plaintext that comes with the client's last flight
 * follows in the same call.
 */
final class TlsStage extends ChannelInboundHandlerAdapter {

  private final Selection.Accepted selected;
  private final SslHandler ssl;
  private final GroupWatch groupWatch;
  private final Target target;

  TlsStage(Selection.Accepted selected, SslHandler ssl, GroupWatch groupWatch, Target target) {
    this.selected = selected;
    this.ssl = ssl;
    this.groupWatch = groupWatch;
    this.target = target;
  }

  /** Who is told, once. */
  interface Target {
    void handshakeDone(TlsFacts facts);

    void handshakeFailed(HandshakeFailure failure, String detail);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent completion)) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    if (!completion.isSuccess()) {
      failed(completion.cause());
      return;
    }
    switch (selected.completed(ssl, groupWatch.group())) {
      case ServerTls.Outcome.Done done -> {
        ctx.pipeline().remove(groupWatch);
        ctx.pipeline().remove(this);
        target.handshakeDone(done.facts());
      }
      case ServerTls.Outcome.Rejected rejected ->
          target.handshakeFailed(rejected.failure(), "resumed session no longer valid");
    }
  }

  private void failed(Throwable cause) {
    target.handshakeFailed(ServerTls.classify(cause), String.valueOf(cause.getMessage()));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // What the TLS handler throws it has told as an event before; what is left is the socket's own
    // failure.
    if (cause instanceof DecoderException) {
      failed(cause);
      return;
    }
    target.handshakeFailed(HandshakeFailure.DISCONNECT, String.valueOf(cause.getMessage()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    target.handshakeFailed(HandshakeFailure.DISCONNECT, "closed in the handshake");
  }
}
