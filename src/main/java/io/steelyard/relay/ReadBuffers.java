package io.steelyard.relay;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;

/**
 * How much is read from a socket at once. A flow that moves little gets small buffers, and an idle
 * one has none; one that fills its buffers gets larger ones. Large ones are what makes bulk cheap:
 * the kernel hands over, and takes, in one call what it has gathered.
 */
public final class ReadBuffers {

  private static final int SMALLEST_BYTES = 2 * 1024;
  private static final int FIRST_BYTES = 4 * 1024;

  /**
   * With Netty's 64 KiB, 10 MiB cost a fifth more; more than 256 KiB gain little, and are held by
   * every slow reader.
   */
  static final int LARGEST_BYTES = 256 * 1024;

  private static final AdaptiveRecvByteBufAllocator SIZES =
      new AdaptiveRecvByteBufAllocator(SMALLEST_BYTES, FIRST_BYTES, LARGEST_BYTES);

  private ReadBuffers() {}

  /** To be told before the channel is first read from: it asks once. */
  public static void prepare(Channel channel) {
    channel.config().setRecvByteBufAllocator(SIZES);
  }
}
