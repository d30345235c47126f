package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Finds the negotiated group in the plaintext start of our own first flight. One reader per
 * handshake, fed with every buffer in order until it is done; certificates are stepped over, so it
 * keeps little, whatever their size. Never throws. Not thread-safe.
 */
public final class ServerHelloReader {

  /**
   * A ServerHello with the key share of X25519MLKEM768 takes 1,210 bytes; nothing of use is larger.
   */
  private static final int MAX_MESSAGE_BYTES = 4096;

  private static final int USUAL_MESSAGE_BYTES = 128;
  private static final int RECORD_HEADER_BYTES = 5;
  private static final int HANDSHAKE_HEADER_BYTES = 4;

  private static final int RECORD_CHANGE_CIPHER_SPEC = 20;
  private static final int RECORD_HANDSHAKE = 22;
  private static final int SERVER_HELLO = 2;
  private static final int SERVER_KEY_EXCHANGE = 12;
  private static final int SERVER_HELLO_DONE = 14;
  private static final int NAMED_CURVE = 3; // RFC 8422 §5.4
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int KEY_SHARE = 51; // RFC 8446 §4.2.8
  private static final int TLS_1_3 = 0x0304;
  private static final int RANDOM_BYTES = 32;

  /**
   * The random that makes a ServerHello a HelloRetryRequest: SHA-256 of that name (RFC 8446
   * §4.1.3).
   */
  private static final byte[] RETRY_RANDOM = {
    (byte) 0xcf,
    0x21,
    (byte) 0xad,
    0x74,
    (byte) 0xe5,
    (byte) 0x9a,
    0x61,
    0x11,
    (byte) 0xbe,
    0x1d,
    (byte) 0x8c,
    0x02,
    0x1e,
    0x65,
    (byte) 0xb8,
    (byte) 0x91,
    (byte) 0xc2,
    (byte) 0xa2,
    0x11,
    0x16,
    0x7a,
    (byte) 0xbb,
    (byte) 0x8c,
    0x5e,
    0x07,
    (byte) 0x9e,
    0x09,
    (byte) 0xe2,
    (byte) 0xc8,
    (byte) 0xa8,
    0x33,
    (byte) 0x9c
  };

  private final byte[] recordHeader = new byte[RECORD_HEADER_BYTES];
  private int recordHeaderSeen;
  private int recordLeft;

  /** The message being read with its header, as much of it as is of use. */
  private byte[] message = {};

  private int kept;
  private int messageLeft = HANDSHAKE_HEADER_BYTES;
  private boolean inHeader = true;

  private boolean retried;
  private boolean done;
  private OptionalInt group = OptionalInt.empty();
  private int version;
  private int cipherSuite;

  /** A reader before the first byte of our first flight. */
  public ServerHelloReader() {}

  /**
   * The named group that a ServerHello (TLS 1.3 key_share) or a ServerKeyExchange (TLS 1.2 ECDHE,
   * RFC 8422 §5.4) names. Does not consume the bytes. A HelloRetryRequest has none.
   *
   * @param records plaintext TLS records as they are sent; anything after them may be encrypted
   */
  public static OptionalInt group(ByteBuf records) {
    ServerHelloReader reader = new ServerHelloReader();
    reader.read(records);
    return reader.group();
  }

  /**
   * Looks at the next bytes sent, without consuming them.
   *
   * @return whether it is done: the group is known, or will never be; further calls change nothing
   */
  public boolean read(ByteBuf sent) {
    int index = sent.readerIndex();
    int end = sent.writerIndex();
    while (!done && index < end) {
      if (recordLeft == 0) {
        recordHeader[recordHeaderSeen++] = sent.getByte(index++);
        if (recordHeaderSeen == RECORD_HEADER_BYTES) {
          beginRecord();
        }
      } else {
        int here = Math.min(recordLeft, end - index);
        readContent(new Cursor(sent, index, here));
        index += here;
        recordLeft -= here;
      }
    }
    return done;
  }

  /** What was found so far. */
  public OptionalInt group() {
    return group;
  }

  /** The version of the last ServerHello, such as {@code 0x0304}; 0 before it. */
  public int version() {
    return version;
  }

  /** The cipher suite's number in the last ServerHello; 0 before it. */
  public int cipherSuite() {
    return cipherSuite;
  }

  /**
   * The plaintext ends with ChangeCipherSpec, but not with the one after a HelloRetryRequest (RFC
   * 8446 §D.4).
   */
  private void beginRecord() {
    recordHeaderSeen = 0;
    recordLeft = (recordHeader[3] & 0xff) << 8 | recordHeader[4] & 0xff;
    boolean expected =
        recordHeader[0] == RECORD_HANDSHAKE
            || (recordHeader[0] == RECORD_CHANGE_CIPHER_SPEC && retried);
    done = !expected;
  }

  private void readContent(Cursor content) {
    if (recordHeader[0] != RECORD_HANDSHAKE) {
      return;
    }
    while (!done && content.remaining() > 0) {
      if (isBetweenMessages() && content.remaining() >= HANDSHAKE_HEADER_BYTES) {
        Cursor ahead = content.copy();
        int type = ahead.u8();
        int length = ahead.u24();
        if (length <= ahead.remaining()) {
          // Whole, as ours usually are: read where it stands.
          readMessage(type, ahead.block(length));
          content.skip(HANDSHAKE_HEADER_BYTES + length);
          continue;
        }
      }
      int here = Math.min(messageLeft, content.remaining());
      keep(content.block(here));
      messageLeft -= here;
      if (messageLeft == 0 && inHeader) {
        inHeader = false;
        messageLeft = (message[1] & 0xff) << 16 | (message[2] & 0xff) << 8 | message[3] & 0xff;
      }
      if (messageLeft == 0) {
        endMessage();
      }
    }
  }

  private boolean isBetweenMessages() {
    return inHeader && messageLeft == HANDSHAKE_HEADER_BYTES;
  }

  private void keep(Cursor part) {
    boolean useful = inHeader || message[0] == SERVER_HELLO || message[0] == SERVER_KEY_EXCHANGE;
    int length = useful ? Math.min(part.remaining(), MAX_MESSAGE_BYTES - kept) : 0;
    if (kept + length > message.length) {
      int room = Math.max(USUAL_MESSAGE_BYTES, 2 * (kept + length));
      message = Arrays.copyOf(message, Math.min(MAX_MESSAGE_BYTES, room));
    }
    part.copy(length, message, kept);
    kept += length;
  }

  private void endMessage() {
    Cursor body =
        new Cursor(
            Unpooled.wrappedBuffer(message, 0, kept),
            HANDSHAKE_HEADER_BYTES,
            kept - HANDSHAKE_HEADER_BYTES);
    readMessage(message[0], body);
    kept = 0;
    messageLeft = HANDSHAKE_HEADER_BYTES;
    inHeader = true;
  }

  private void readMessage(int type, Cursor body) {
    switch (type) {
      case SERVER_HELLO -> readServerHello(body);
      case SERVER_KEY_EXCHANGE -> readServerKeyExchange(body);
      case SERVER_HELLO_DONE -> done = true;
      default -> {
        // Certificate, CertificateStatus, CertificateRequest: on to the next.
      }
    }
  }

  private void readServerHello(Cursor body) {
    version = body.u16();
    byte[] random = body.block(RANDOM_BYTES).rest();
    body.skip(body.u8());
    cipherSuite = body.u16();
    body.skip(1); // compression method
    Cursor extensions = body.block(body.u16());
    int share = 0;
    while (extensions.remaining() > 0) {
      int type = extensions.u16();
      Cursor extension = extensions.block(extensions.u16());
      if (type == SUPPORTED_VERSIONS) {
        version = extension.u16();
      } else if (type == KEY_SHARE) {
        share = extension.u16();
      }
    }
    if (version != TLS_1_3 || extensions.isBroken()) {
      return; // TLS 1.2 tells in its ServerKeyExchange
    }
    retried = Arrays.equals(random, RETRY_RANDOM);
    done = !retried;
    if (done && share != 0) {
      group = OptionalInt.of(share);
    }
  }

  private void readServerKeyExchange(Cursor body) {
    done = true;
    if (body.u8() == NAMED_CURVE) {
      int curve = body.u16();
      group = body.isBroken() ? OptionalInt.empty() : OptionalInt.of(curve);
    }
  }
}
