package io.steelyard.health;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the status code of an HTTP/1 response in bytes as they come, and reads no further. Interim
 * responses (100–199, but for 101, which ends the exchange) are skipped with their headers. RFC
 * 9112 §4, RFC 9110 §15.2. A line may end in a bare LF (RFC 9112 §2.2). Not thread-safe; one per
 * probe.
 */
final class StatusReader {

  /**
   * Bytes of all heads up to the status line that decides: what a backend can make a probe hold.
   */
  static final int MAX_HEAD_BYTES = 8 * 1024;

  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int FIRST_FINAL_STATUS = 200;

  private final StringBuilder line = new StringBuilder();
  private int headBytes;
  private boolean inInterimHeaders;

  /**
   * Takes more bytes.
   *
   * @return the status code once its line is complete
   * @throws MalformedResponseException where this is no HTTP/1 response, or its head is too long
   */
  OptionalInt read(byte[] bytes) throws MalformedResponseException {
    for (byte next : bytes) {
      headBytes++;
      if (headBytes > MAX_HEAD_BYTES) {
        throw new MalformedResponseException("response head above " + MAX_HEAD_BYTES + " bytes");
      }
      if (next != '\n') {
        line.append((char) (next & 0xff));
        continue;
      }
      OptionalInt status = endLine();
      if (status.isPresent()) {
        return status;
      }
    }
    return OptionalInt.empty();
  }

  private OptionalInt endLine() throws MalformedResponseException {
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    String ended = line.toString();
    line.setLength(0);
    if (inInterimHeaders) {
      inInterimHeaders = !ended.isEmpty();
      return OptionalInt.empty();
    }
    Matcher statusLine = STATUS_LINE.matcher(ended);
    if (!statusLine.matches()) {
      throw new MalformedResponseException("not an HTTP/1 status line: " + ended);
    }
    int status = Integer.parseInt(statusLine.group(1));
    if (status >= FIRST_FINAL_STATUS || status == SWITCHING_PROTOCOLS) {
      return OptionalInt.of(status);
    }
    inInterimHeaders = true;
    return OptionalInt.empty();
  }

  /** What came is no HTTP/1 response. The message may hold bytes of the peer. */
  static final class MalformedResponseException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String what;

    MalformedResponseException(String what) {
      super(what);
      this.what = what;
    }

    /** The message. */
    String what() {
      return what;
    }
  }
}
