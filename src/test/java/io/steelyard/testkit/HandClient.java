package io.steelyard.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * A TLS client of the JDK whose bytes are carried by hand: what it sends is returned as records,
 * and what it is given may be cut anywhere.
 */
public final class HandClient {

  private final SSLEngine engine;
  private final ByteArrayOutputStream got = new ByteArrayOutputStream();
  private final ByteArrayOutputStream sending = new ByteArrayOutputStream();
  private byte[] unread = {};

  /** A client that asks for {@code localhost} in that version. */
  public HandClient(SSLContext context, String version) {
    engine = context.createSSLEngine("localhost", 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setServerNames(List.of(new SNIHostName("localhost")));
    engine.setSSLParameters(parameters);
  }

  /** Its first flight. */
  public byte[] hello() throws SSLException {
    engine.beginHandshake();
    return take(new byte[0]);
  }

  /** Takes what the server has sent, and returns what there is to answer. */
  public byte[] take(byte[] bytes) throws SSLException {
    unread = concat(unread, bytes);
    boolean moves = true;
    while (moves) {
      moves =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> runTasks();
            case NEED_WRAP -> wrap(ByteBuffer.allocate(0));
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED -> unwrap();
          };
    }
    return sent();
  }

  private boolean runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    return true;
  }

  private boolean wrap(ByteBuffer plaintext) throws SSLException {
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(plaintext, record);
    sending.write(record.array(), 0, record.position());
    return result.bytesProduced() > 0 || result.bytesConsumed() > 0;
  }

  private boolean unwrap() throws SSLException {
    if (unread.length == 0) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(unread);
    ByteBuffer plaintext = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    SSLEngineResult result = engine.unwrap(in, plaintext);
    got.write(plaintext.array(), 0, plaintext.position());
    unread = Arrays.copyOfRange(unread, in.position(), unread.length);
    return result.getStatus() != Status.BUFFER_UNDERFLOW
        && (result.bytesConsumed() > 0
            || result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING);
  }

  /** The plaintext in records as large as they can be. */
  public byte[] seal(byte[] plaintext) throws SSLException {
    ByteBuffer in = ByteBuffer.wrap(plaintext);
    while (in.hasRemaining()) {
      wrap(in);
    }
    return sent();
  }

  /** The end of its direction. */
  public byte[] closeNotify() throws SSLException {
    engine.closeOutbound();
    while (wrap(ByteBuffer.allocate(0))) {
      // TLS 1.3 of the JDK puts a warning before it.
    }
    return sent();
  }

  /** New keys for both directions; TLS 1.3 alone (RFC 8446 §4.6.3). */
  public byte[] keyUpdate() throws SSLException {
    engine.beginHandshake();
    return take(new byte[0]);
  }

  /** All plaintext that it was sent. */
  public byte[] received() {
    return got.toByteArray();
  }

  /** Whether the server's close_notify has come. */
  public boolean isTold() {
    return engine.isInboundDone();
  }

  /** Whether application data may be sent. */
  public boolean isDone() {
    return !engine.getSession().getProtocol().equals("NONE")
        && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private byte[] sent() {
    byte[] bytes = sending.toByteArray();
    sending.reset();
    return bytes;
  }

  /** One after the other. */
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
