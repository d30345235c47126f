package io.steelyard.health;

import io.netty.channel.ConnectTimeoutException;
import io.steelyard.health.ProbeOutcome.Reason;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What an exception says about the backend.
 *
 * <p>Netty's native transports carry the errno in the message ({@code failed with error(-111): …},
 * see {@code io.netty.channel.unix.Errors}), the JDK's only the system's text. The number is read
 * first because the text is in the machine's language. Numbers: Linux, asm-generic/errno.h.
 */
final class Diagnosis {

  private static final Pattern NATIVE_ERRNO = Pattern.compile("error\\(-(\\d{1,4})\\)");

  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int EADDRNOTAVAIL = 99;
  private static final int ENETUNREACH = 101;
  private static final int ECONNRESET = 104;
  private static final int ETIMEDOUT = 110;
  private static final int ECONNREFUSED = 111;
  private static final int EHOSTUNREACH = 113;

  /** Causes can form long chains; the telling one is near the top. */
  private static final int MAX_CAUSES = 8;

  private Diagnosis() {}

  /** The outcome of a probe that ended in that exception. */
  static ProbeOutcome of(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      Reason reason = reason(cause);
      if (reason != null) {
        return new ProbeOutcome(reason, text(reason, cause));
      }
      cause = cause.getCause();
    }
    return new ProbeOutcome(Reason.UNREACHABLE, told(failure));
  }

  private static @Nullable Reason reason(Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return Reason.TIMEOUT;
    }
    if (cause instanceof SSLException) {
      return Reason.TLS;
    }
    String message = cause.getMessage() == null ? "" : cause.getMessage();
    Matcher errno = NATIVE_ERRNO.matcher(message);
    Reason reason = errno.find() ? byErrno(Integer.parseInt(errno.group(1))) : byText(message);
    if (reason != null) {
      return reason;
    }
    return switch (cause) {
      case NoRouteToHostException unreachable -> Reason.UNREACHABLE;
      case BindException noPort -> Reason.NO_PORT;
      case ConnectException refused -> Reason.UNREACHABLE;
      case ClosedChannelException closed -> Reason.RESET;
      default -> null;
    };
  }

  private static @Nullable Reason byErrno(int errno) {
    return switch (errno) {
      case EMFILE, ENFILE -> Reason.FILES;
      case EADDRNOTAVAIL -> Reason.NO_PORT;
      case ECONNREFUSED -> Reason.REFUSED;
      case ECONNRESET -> Reason.RESET;
      case ETIMEDOUT -> Reason.TIMEOUT;
      case ENETUNREACH, EHOSTUNREACH -> Reason.UNREACHABLE;
      default -> null;
    };
  }

  private static @Nullable Reason byText(String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("too many open files")) {
      return Reason.FILES;
    }
    if (lower.contains("cannot assign requested address")) {
      return Reason.NO_PORT;
    }
    if (lower.contains("connection refused")) {
      return Reason.REFUSED;
    }
    if (lower.contains("connection reset") || lower.contains("broken pipe")) {
      return Reason.RESET;
    }
    if (lower.contains("connection timed out")) {
      return Reason.TIMEOUT;
    }
    return lower.contains("unreachable") ? Reason.UNREACHABLE : null;
  }

  private static String text(Reason reason, Throwable cause) {
    return switch (reason) {
      case REFUSED -> "connection refused";
      case RESET -> "connection reset";
      case TIMEOUT -> "connect timed out";
      case UNREACHABLE -> "network or host unreachable";
      case FILES -> "no file descriptor left";
      case NO_PORT -> "no local port or address left to connect from";
      case TLS -> innermost(cause);
      case OK, STATUS, PROTOCOL -> told(cause);
    };
  }

  /** TLS engines wrap the reason (a certificate path's) in general ones. */
  private static String innermost(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause.getCause() != null && depth < MAX_CAUSES; depth++) {
      cause = cause.getCause();
    }
    return cause == failure ? told(failure) : told(failure) + ": " + told(cause);
  }

  private static String told(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
