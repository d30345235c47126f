package io.steelyard.wire;

/** TLS alert descriptions that a broken or unwelcome hello is answered with (RFC 8446 §6.2). */
final class Alert {

  static final int UNEXPECTED_MESSAGE = 10;
  static final int RECORD_OVERFLOW = 22;
  static final int ILLEGAL_PARAMETER = 47;
  static final int DECODE_ERROR = 50;
  static final int PROTOCOL_VERSION = 70;

  private Alert() {}
}
