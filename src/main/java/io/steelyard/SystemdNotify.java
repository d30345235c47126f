package io.steelyard;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The service manager that started this process, where it wants to be told how far it is: systemd
 * with {@code Type=notify}. Words and transport are those of sd_notify(3): a datagram to the socket
 * that {@code NOTIFY_SOCKET} names. Any thread; telling never fails and never waits.
 */
final class SystemdNotify {

  private static final Logger LOG = Logger.getLogger(SystemdNotify.class);

  /** Nobody wants to be told. */
  static final SystemdNotify NONE = new SystemdNotify(Optional.empty());

  private final Optional<byte[]> address;

  private SystemdNotify(Optional<byte[]> address) {
    this.address = address;
  }

  /** The one that the environment names. */
  static SystemdNotify ofEnvironment() {
    return Optional.ofNullable(System.getenv("NOTIFY_SOCKET")).map(SystemdNotify::at).orElse(NONE);
  }

  /** The one behind a socket: a path, or {@code @} and a name of the abstract namespace. */
  static SystemdNotify at(String socket) {
    boolean isAbstract = socket.startsWith("@");
    if (!isAbstract && !socket.startsWith("/")) {
      // vsock: and the like, for virtual machines.
      return NONE;
    }
    byte[] address = socket.getBytes(StandardCharsets.UTF_8);
    if (isAbstract) {
      address[0] = 0;
    }
    return new SystemdNotify(Optional.of(address));
  }

  /** It serves; also after {@link #reloading}. */
  void ready() {
    tell("READY=1");
  }

  /** It has been told to reload; {@link #ready} follows, whatever becomes of it. */
  void reloading() {
    // The clock of nanoTime is CLOCK_MONOTONIC, which is what the manager compares with.
    tell("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
  }

  /**
   * It drains.
   *
   * @param atMost the manager waits at least so long, whatever its own limit is
   */
  void stopping(Duration atMost) {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + TimeUnit.SECONDS.toMicros(atMost.toSeconds()));
  }

  private void tell(String words) {
    if (address.isEmpty() || !Epoll.isAvailable()) {
      return;
    }
    byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
    ByteBuffer datagram = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    try {
      // The JDK has no datagram sockets of this family.
      Socket socket = Socket.newSocketDomainDgram();
      try {
        socket.sendToDomainSocket(datagram, 0, bytes.length, address.get());
      } finally {
        socket.close();
      }
    } catch (IOException | ChannelException e) {
      LOG.warnf("service manager not told words=\"%s\" error=\"%s\"", words, e);
    }
  }
}
