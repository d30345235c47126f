package io.steelyard.listener;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One file descriptor kept free by an event loop for the day on which there is no other, shared by
 * the {@link DescriptorGuard}s of its listening sockets. Confined to the loop; none where the
 * transport is not epoll.
 */
final class DescriptorReserve {

  private static final Logger LOG = Logger.getLogger(DescriptorReserve.class);

  private @Nullable Socket held;
  private int users;

  /** One more guard counts on it. */
  void join() {
    users++;
    refill();
  }

  /** One less; with the last the descriptor is given back. */
  void leave() {
    users--;
    if (users == 0) {
      giveUp();
    }
  }

  /** Takes a descriptor if it has none and there is one; whether it has one then. */
  boolean refill() {
    if (held == null && Epoll.isAvailable()) {
      try {
        held = Socket.newSocketStream();
      } catch (ChannelException e) {
        held = null;
      }
    }
    return held != null;
  }

  /** Frees the descriptor for the caller to use at once; whether there was one. */
  boolean giveUp() {
    Socket socket = held;
    held = null;
    if (socket == null) {
      return false;
    }
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debugf("closing the reserve failed error=\"%s\"", e.getMessage());
    }
    return true;
  }
}
