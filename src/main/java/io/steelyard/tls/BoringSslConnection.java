package io.steelyard.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import org.jspecify.annotations.Nullable;

/**
 * The native half of one client's TLS connection: BoringSSL's SSL and the BIO through which it sees
 * bytes. Whoever opens it releases it, once. Confined to one thread.
 *
 * <p>The BIO (tcnative's "Java ByteBuffer", ssl.c) either gives bytes or takes them. While it gives
 * them, what BoringSSL has to send gathers in a room of the BIO's own.
 *
 * <p>Danger: between two calls the BIO may point to a buffer that is gone. Who makes a call that
 * reads or writes points it to a buffer first.
 */
final class BoringSslConnection {

  /**
   * What BoringSSL may send while it is given bytes, before the first SSL_write: a handshake's
   * flight, in as many parts as it takes; later an alert behind the tickets that are kept for the
   * first write. Netty's figure.
   */
  static final int FIRST_ROOM_BYTES = 2_048;

  /** From the first write on: one alert, behind the answer to a KeyUpdate. */
  static final int ALERT_ROOM_BYTES = 256;

  private static final ResourceLeakDetector<BoringSslConnection> LEAKS =
      ResourceLeakDetectorFactory.instance().newResourceLeakDetector(BoringSslConnection.class);

  private final BoringSslContext context;
  private @Nullable ResourceLeakTracker<BoringSslConnection> leak;
  private long ssl;
  private long bio;

  /** Null where BoringSSL has the key itself, and once the handshake is done. */
  private @Nullable OpenSslSigner signer;

  private boolean mayHaveGathered = true;

  private BoringSslConnection(
      BoringSslContext context, long ssl, long bio, @Nullable OpenSslSigner signer) {
    this.context = context;
    this.ssl = ssl;
    this.bio = bio;
    this.signer = signer;
  }

  /**
   * A server's end before its handshake.
   *
   * @throws IllegalStateException where the context or the credential has lost its last user
   */
  static BoringSslConnection open(BoringSslContext context, NativeCredential credential) {
    context.retain();
    long ssl = 0;
    OpenSslSigner signer = null;
    boolean done = false;
    try {
      ssl = context.newSsl();
      signer = credential.addTo(ssl).orElse(null);
      long bio = SSL.bioNewByteBuffer(ssl, FIRST_ROOM_BYTES);
      BoringSslConnection connection = new BoringSslConnection(context, ssl, bio, signer);
      connection.leak = LEAKS.track(connection);
      done = true;
      return connection;
    } finally {
      if (!done) {
        if (signer != null) {
          signer.release();
        }
        free(ssl, context);
      }
    }
  }

  /** The context must be there until tcnative has freed what points into it. */
  private static void free(long ssl, BoringSslContext context) {
    if (ssl != 0) {
      SSL.freeSSL(ssl);
    }
    context.release();
  }

  long ssl() {
    return ssl;
  }

  long bio() {
    return bio;
  }

  BoringSslContext context() {
    return context;
  }

  boolean isReleased() {
    return ssl == 0;
  }

  /**
   * Does what BoringSSL waits for, where it is ours to do.
   *
   * @param reason of SSL_get_error
   * @return whether the handshake goes on
   */
  boolean answers(int reason) {
    return signer != null
        && NativeKeyCalls.isQuestion(reason)
        && NativeKeyCalls.answer(ssl, signer);
  }

  /** The handshake is done: nothing will be signed any more. */
  void dropSigner() {
    OpenSslSigner dropped = signer;
    signer = null;
    if (dropped != null) {
      dropped.release();
    }
  }

  /** An idle connection holds its room for as long as it lives. Nothing may be in it. */
  void shrinkRoom() {
    bio = SSL.bioNewByteBuffer(ssl, ALERT_ROOM_BYTES);
  }

  /** A read has met more than data, and BoringSSL may have something to send. */
  void mayGather() {
    mayHaveGathered = true;
  }

  /** Points the BIO to that buffer's free part; what has gathered goes there first. */
  void sinkTo(ByteBuf out) {
    long address = NativeBuffers.address(out) + out.writerIndex();
    SSL.bioSetByteBuffer(bio, address, out.writableBytes(), true);
    if (mayHaveGathered) {
      // Danger: otherwise the BIO would tell SSL_write that it has taken more than it was given.
      mayHaveGathered = SSL.bioFlushByteBuffer(bio) == out.writableBytes();
    }
  }

  /** The writer's index behind what the BIO has been given since {@link #sinkTo}. */
  void sunkIn(ByteBuf out) {
    out.writerIndex(out.capacity() - SSL.bioLengthByteBuffer(bio));
  }

  /** What has gathered in the BIO's own room; null where there is nothing. */
  @Nullable ByteBuf takeGathered(ByteBufAllocator allocator) {
    int length = ssl == 0 ? 0 : SSL.bioLengthNonApplication(bio);
    mayHaveGathered = false;
    if (length == 0) {
      return null;
    }
    ByteBuf out = allocator.directBuffer(length);
    SSL.bioSetByteBuffer(bio, NativeBuffers.address(out), length, true);
    SSL.bioFlushByteBuffer(bio);
    return out.writerIndex(length);
  }

  /**
   * The text of the error with which BoringSSL has just failed on this thread; the rest of them is
   * forgotten.
   *
   * @param reason of SSL_get_error, told where there is no text
   */
  static String takeError(int reason) {
    int error = SSL.getLastErrorNumber();
    String text = error == 0 ? "TLS failed: " + reason : SSL.getErrorString(error);
    SSL.clearError();
    return text;
  }

  /** Nothing of it can be used afterwards. */
  void release() {
    if (ssl == 0) {
      return;
    }
    long freed = ssl;
    ssl = 0;
    bio = 0;
    dropSigner();
    free(freed, context);
    if (leak != null) {
      leak.close(this);
    }
  }
}
