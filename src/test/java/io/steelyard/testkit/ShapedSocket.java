package io.steelyard.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/** A client socket that decides how what it sends is cut into segments and TLS records. */
public final class ShapedSocket extends Socket {

  private static final int HEADER_BYTES = 5;

  private final Shape shape;
  private boolean first = true;
  private boolean released;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();

  /** What happens to what is sent. */
  public enum Shape {
    /** The first write goes out byte by byte. */
    BYTE_BY_BYTE,
    /** The first write, one record, goes out as many small ones. */
    SMALL_RECORDS,
    /**
     * The first write goes out; all after it is kept until {@link #release} and goes out as one.
     */
    HELD_AFTER_FIRST
  }

  /** Connected to that port of the loopback address; reads give up after 20 s. */
  public ShapedSocket(int port, Shape shape) throws IOException {
    super(InetAddress.getLoopbackAddress(), port);
    this.shape = shape;
    setTcpNoDelay(true);
    setSoTimeout(20_000);
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new Shaping(super.getOutputStream());
  }

  /** Sends all that was kept in one write. */
  public synchronized void release() throws IOException {
    released = true;
    super.getOutputStream().write(held.toByteArray());
  }

  private synchronized void send(OutputStream out, byte[] bytes, int offset, int length)
      throws IOException {
    boolean now = first;
    first = false;
    if (shape == Shape.HELD_AFTER_FIRST && !now && !released) {
      held.write(bytes, offset, length);
    } else if (shape == Shape.BYTE_BY_BYTE && now) {
      for (int i = 0; i < length; i++) {
        out.write(bytes, offset + i, 1);
      }
    } else if (shape == Shape.SMALL_RECORDS && now) {
      out.write(smallRecords(bytes, offset, length));
    } else {
      out.write(bytes, offset, length);
    }
  }

  /** The same handshake bytes in records of 50: allowed by RFC 8446 §5.1. */
  private static byte[] smallRecords(byte[] bytes, int offset, int length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = offset + HEADER_BYTES; i < offset + length; i += 50) {
      int size = Math.min(50, offset + length - i);
      out.write(bytes, offset, 3);
      out.write(0);
      out.write(size);
      out.write(bytes, i, size);
    }
    return out.toByteArray();
  }

  private final class Shaping extends OutputStream {
    private final OutputStream out;

    Shaping(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      send(out, new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      send(out, bytes, offset, length);
    }
  }
}
