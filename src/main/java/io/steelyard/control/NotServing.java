package io.steelyard.control;

/** Nothing can be changed now; the message is for people. */
public final class NotServing extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotServing(String reason) {
    super(reason, null, false, false);
  }
}
