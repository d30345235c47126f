package io.steelyard.testkit;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainDatagramSocketAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The socket on which a service manager is told by its services, as sd_notify(3) describes it. */
public final class NotifySocket implements AutoCloseable {

  private static final int LONGEST = 4096;

  private final Path path;
  private final Socket socket;
  private final List<String> received = new ArrayList<>();

  private NotifySocket(Path path, Socket socket) {
    this.path = path;
    this.socket = socket;
  }

  /** A socket at that path, which is not there yet. */
  public static NotifySocket at(Path path) {
    Epoll.ensureAvailability();
    Socket socket = Socket.newSocketDomainDgram();
    try {
      socket.bind(new DomainSocketAddress(path.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new NotifySocket(path, socket);
  }

  /** What {@code NOTIFY_SOCKET} is set to. */
  public String address() {
    return path.toString();
  }

  /** The first line of every datagram so far. */
  public List<String> received() {
    ByteBuffer datagram = ByteBuffer.allocateDirect(LONGEST);
    try {
      DomainDatagramSocketAddress from;
      while ((from = socket.recvFromDomainSocket(datagram, 0, LONGEST)) != null) {
        byte[] bytes = new byte[from.receivedAmount()];
        datagram.get(0, bytes);
        received.add(new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse(""));
        datagram.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(received);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
