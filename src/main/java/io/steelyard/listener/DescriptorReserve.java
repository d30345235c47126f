package io.steelyard.listener;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jboss.logging.Logger;

/**
 * File descriptors kept free for the day on which there are no others, one for each event loop,
 * shared by the {@link DescriptorGuard}s of all listening sockets as long as there are any. None
 * where the transport is not epoll. Thread-safe.
 */
final class DescriptorReserve {

  private static final Logger LOG = Logger.getLogger(DescriptorReserve.class);

  private final int size;
  private final Deque<Socket> held = new ArrayDeque<>();
  private int users;

  /** Whether one that was given up has gone to somebody else. */
  private volatile boolean isShort;

  /**
   * Empty.
   *
   * @param size how many it is to hold
   */
  DescriptorReserve(int size) {
    this.size = size;
  }

  /** One more guard counts on it. */
  synchronized void join() {
    users++;
    refill();
  }

  /** One less; with the last the descriptors are given back. */
  synchronized void leave() {
    users--;
    while (users == 0 && giveUp()) {
      // All of them.
    }
  }

  /**
   * Whether descriptors are missing from it. Whoever has just got one then gives it up: another
   * loop freed it to refuse a client, and could refuse none any more.
   */
  boolean isShort() {
    return isShort;
  }

  /** Takes descriptors as far as there are any; whether it is full then. */
  synchronized boolean refill() {
    if (!Epoll.isAvailable() || users == 0) {
      return true;
    }
    try {
      while (held.size() < size) {
        held.push(Socket.newSocketStream());
      }
    } catch (ChannelException e) {
      LOG.debugf("the reserve of descriptors is short by %d", size - held.size());
    }
    isShort = held.size() < size;
    return !isShort;
  }

  /** Frees a descriptor for the caller to use at once; whether there was one. */
  synchronized boolean giveUp() {
    Socket socket = held.poll();
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
