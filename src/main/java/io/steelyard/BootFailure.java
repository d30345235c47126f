package io.steelyard;

import io.smallrye.config.ConfigValidationException;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;

/**
 * Words for a start that Quarkus gave up: a port of its own that is taken, a setting that it does
 * not know.
 */
final class BootFailure {

  private BootFailure() {}

  /** What to say of it on the console. */
  static List<String> lines(Throwable failure) {
    List<String> lines = new ArrayList<>();
    Throwable root = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StartFailure refused) {
        return refused.lines();
      }
      if (isTaken(cause)) {
        // Quarkus opens these two before our own code runs, and does not say which it was.
        return List.of(
            "steelyard: the management port (9900) or the admin port (9901) is taken: free it, or"
                + " choose others with QUARKUS_MANAGEMENT_PORT and QUARKUS_HTTP_PORT, for example"
                + " QUARKUS_MANAGEMENT_PORT=9910 QUARKUS_HTTP_PORT=9911");
      }
      if (cause instanceof ConfigValidationException settings) {
        for (int i = 0; i < settings.getProblemCount(); i++) {
          lines.add("process settings: " + settings.getProblem(i).getMessage());
        }
        return lines;
      }
      root = cause;
    }
    return List.of("steelyard: start failed: " + root);
  }

  /** With epoll it is an exception of Netty's own that says so. */
  private static boolean isTaken(Throwable cause) {
    return cause instanceof BindException
        || (cause instanceof IOException
            && String.valueOf(cause.getMessage()).contains("already in use"));
  }
}
