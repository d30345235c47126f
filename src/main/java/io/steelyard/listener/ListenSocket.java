package io.steelyard.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jboss.logging.Logger;

/**
 * What Linux can be told about a listening socket beyond binding it. Confined to its event loop;
 * does nothing where the transport is not epoll.
 */
final class ListenSocket {

  /* A listening socket that is closed resets what waits in its accept queue and what is in the middle of TCP's handshake
   * (unless net.ipv4.tcp_migrate_req is on, which is root's to say). So before it is closed nothing new may come to it:
   *
   * - Sockets bound to the same address and port by one user form a reuseport group. A classic BPF program of one
   *   instruction, attached by any of them, says which of the group gets the next client; an index that does not exist
   *   makes the kernel choose by hash, as without a program. Indexes go by arrival; when one leaves, the last takes its
   *   place. (socket(7), SO_ATTACH_REUSEPORT_CBPF; net/core/sock_reuseport.c)
   * - Bound to an interface that does not exist, a socket is found for no new client: another socket that fits the
   *   address (such as that of a wildcard) is, or the client is refused. What is under way keeps its own interface.
   *   (net/ipv4/inet_hashtables.c, compute_score; SO_BINDTOIFINDEX needs no privilege since Linux 5.7.) */

  private static final Logger LOG = Logger.getLogger(ListenSocket.class);

  private static final int SOL_SOCKET = 1;
  private static final int IPPROTO_TCP = 6;

  /** {@code struct sock_fprog}: a length of 16 bits, padding, a pointer. */
  private static final int PROGRAM_BYTES = 16;

  private static final int POINTER_OFFSET = 8;

  /** {@code struct sock_filter}: 16 bits of code, two jumps of 8, 32 bits of constant. */
  private static final int INSTRUCTION_BYTES = 8;

  private static final short RETURN_CONSTANT = 0x06;

  /** Up to and with {@code tcpi_unacked}: of a listening socket, those that wait for accept(2). */
  private static final int TCP_INFO_BYTES = 28;

  private static final int WAITING_OFFSET = 24;

  private static final int NO_INTERFACE = Integer.MAX_VALUE;

  /** Accepted sockets have what their listening socket had when they came (socket(7)). */
  private static final IntegerUnixChannelOption KEEPALIVE =
      new IntegerUnixChannelOption("SO_KEEPALIVE", SOL_SOCKET, 9);

  private static final RawUnixChannelOption REUSEPORT_PROGRAM =
      new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOL_SOCKET, 51, PROGRAM_BYTES);
  private static final IntegerUnixChannelOption INTERFACE =
      new IntegerUnixChannelOption("SO_BINDTOIFINDEX", SOL_SOCKET, 62);
  private static final RawUnixChannelOption TCP_INFO =
      new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, 11, TCP_INFO_BYTES);

  private final Channel channel;

  ListenSocket(Channel channel) {
    this.channel = channel;
  }

  /**
   * Keeps what is accepted alive by TCP's own probes.
   *
   * @return false where that must be said of each accepted socket
   */
  boolean keepAcceptedAlive() {
    return isEpoll() && channel.config().setOption(KEEPALIVE, 1);
  }

  /**
   * Gives the next clients to the socket of that index in the group; to any of the group where
   * there is none.
   */
  void steerTo(int index) {
    if (!isEpoll()) {
      return;
    }
    ByteBuffer instruction = Buffer.allocateDirectWithNativeOrder(INSTRUCTION_BYTES);
    ByteBuffer program = Buffer.allocateDirectWithNativeOrder(PROGRAM_BYTES);
    try {
      instruction.putShort(0, RETURN_CONSTANT).putInt(4, index);
      program.putShort(0, (short) 1).putLong(POINTER_OFFSET, Buffer.memoryAddress(instruction));
      channel.config().setOption(REUSEPORT_PROGRAM, program);
    } catch (ChannelException e) {
      LOG.debugf("clients cannot be steered channel=%s error=\"%s\"", channel, e.getCause());
    } finally {
      Buffer.free(program);
      Buffer.free(instruction);
    }
  }

  /** No new client finds this socket any more; those that wait for accept(2) are still accepted. */
  void hide() {
    if (!isEpoll()) {
      return;
    }
    try {
      channel.config().setOption(INTERFACE, NO_INTERFACE);
    } catch (ChannelException e) {
      LOG.debugf("a socket cannot be hidden channel=%s error=\"%s\"", channel, e.getCause());
    }
  }

  /** Clients that wait for accept(2). */
  int waiting() {
    if (!isEpoll()) {
      return 0;
    }
    try {
      return channel
          .config()
          .getOption(TCP_INFO)
          .order(ByteOrder.nativeOrder())
          .getInt(WAITING_OFFSET);
    } catch (ChannelException e) {
      return 0;
    }
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  private boolean isEpoll() {
    return channel instanceof EpollServerSocketChannel && channel.isOpen();
  }
}
