package io.steelyard.relay;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.steelyard.flow.ConnectFailure;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells failures of sockets apart by what the kernel said. */
public final class DialFailures {

  /** EMFILE's words, in lower case. */
  private static final String OUT_OF_FILES = "too many open files";

  /** Causes looked through; a chain is two or three long. */
  private static final int MAX_CAUSES = 8;

  private DialFailures() {}

  /** Why connecting failed. Netty's epoll puts errno only into the message, at times of a cause. */
  static ConnectFailure classify(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; depth < MAX_CAUSES; depth++) {
      ConnectFailure known = known(cause);
      if (known != null) {
        return known;
      }
      if (cause.getCause() == null) {
        break;
      }
      cause = cause.getCause();
    }
    return ConnectFailure.UNREACHABLE;
  }

  private static @Nullable ConnectFailure known(Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return ConnectFailure.TIMEOUT;
    }
    if (cause instanceof SSLException || cause instanceof DecoderException) {
      return ConnectFailure.TLS;
    }
    if (cause instanceof NoRouteToHostException) {
      return ConnectFailure.UNREACHABLE;
    }
    if (cause instanceof ClosedChannelException) {
      return ConnectFailure.RESET;
    }
    return byMessage(String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT));
  }

  private static @Nullable ConnectFailure byMessage(String message) {
    if (message.contains("refused")) {
      return ConnectFailure.REFUSED;
    }
    if (message.contains("timed out")) {
      return ConnectFailure.TIMEOUT;
    }
    if (message.contains("cannot assign") || message.contains(OUT_OF_FILES)) {
      return ConnectFailure.NO_PORT;
    }
    if (message.contains("reset") || message.contains("broken pipe")) {
      return ConnectFailure.RESET;
    }
    return null;
  }

  /** Whether no socket could be made because the process is out of file descriptors (EMFILE). */
  public static boolean isOutOfFiles(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains(OUT_OF_FILES)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /**
   * Whether a socket error is EPIPE. Linux gives it (and not ECONNRESET) when the peer had already
   * sent its FIN before it reset: tcp_reset() in net/ipv4/tcp_input.c. What the peer sent before
   * that is whole.
   */
  static boolean isBrokenPipe(IOException error) {
    // A failed write arrives as ChannelOutputShutdownException around the kernel's error.
    Throwable kernel = error.getCause() == null ? error : error.getCause();
    return String.valueOf(kernel.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
  }
}
