package io.steelyard.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steelyard.flow.HandshakeFailure;

/**
 * Stands behind Netty's TLS handler during a handshake and tells how it ended. Sees the end as an
 * event of the pipeline, not as a future's listener: plaintext that comes with the client's last
 * flight follows in the same call.
 */
final class TlsStage extends ChannelInboundHandlerAdapter {

  static final String NO_LONGER_VALID = "resumed session no longer valid";
  static final String CLOSED = "closed in the handshake";

  private final CertificateContext selected;
  private final SslHandler ssl;
  private final GroupWatch groupWatch;
  private final HandshakeTarget target;
  private boolean hasTold;

  TlsStage(
      CertificateContext selected, SslHandler ssl, GroupWatch groupWatch, HandshakeTarget target) {
    this.selected = selected;
    this.ssl = ssl;
    this.groupWatch = groupWatch;
    this.target = target;
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
        hasTold = true;
        target.handshakeDone(done.facts());
      }
      case ServerTls.Outcome.Rejected rejected -> tell(rejected.failure(), NO_LONGER_VALID);
    }
  }

  private void failed(Throwable cause) {
    tell(HandshakeErrors.classify(cause), String.valueOf(cause.getMessage()));
  }

  /** SslHandler tells a failure as an event, as an exception, and by closing the channel. */
  private void tell(HandshakeFailure failure, String detail) {
    if (!hasTold) {
      hasTold = true;
      target.handshakeFailed(failure, detail);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // What the TLS handler throws it has told as an event before; what is left is the socket's own
    // failure.
    if (cause instanceof DecoderException) {
      failed(cause);
      return;
    }
    tell(HandshakeFailure.DISCONNECT, String.valueOf(cause.getMessage()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    tell(HandshakeFailure.DISCONNECT, CLOSED);
  }
}
