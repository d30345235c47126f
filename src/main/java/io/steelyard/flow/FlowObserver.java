package io.steelyard.flow;

/**
 * Who is told what happens to flows. Called on the flow's event loop; an implementation must not
 * block, and keeps no reference to a flow before its end.
 */
public interface FlowObserver {

  /** Nobody is told. */
  FlowObserver NONE =
      new FlowObserver() {
        @Override
        public Traffic accepted(Flow flow) {
          return new Traffic();
        }

        @Override
        public void refused(String listener, Refusal reason) {}

        @Override
        public void handshakeDone(Flow flow) {}

        @Override
        public void connectFailed(Flow flow, ConnectFailure reason) {}

        @Override
        public void retried(Flow flow) {}

        @Override
        public Traffic connected(Flow flow, long connectNanos) {
          return new Traffic();
        }

        @Override
        public void ended(Flow flow) {}
      };

  /**
   * A flow was accepted and admitted.
   *
   * @return the cell in which the relay counts the bytes of this listener's clients on this loop
   */
  Traffic accepted(Flow flow);

  /** A client was refused before any cryptography; there is no flow. */
  void refused(String listener, Refusal reason);

  /** {@link Flow#tls} is set. */
  void handshakeDone(Flow flow);

  /** A try on {@link Flow#backend} of {@link Flow#group} failed. */
  void connectFailed(Flow flow, ConnectFailure reason);

  /** Another backend is tried after a failure. */
  void retried(Flow flow);

  /**
   * {@link Flow#backend} is connected.
   *
   * @param connectNanos how long this try took
   * @return the cell in which the relay counts the bytes of this backend on this loop
   */
  Traffic connected(Flow flow, long connectNanos);

  /**
   * The flow has ended and its sockets are about to be closed; {@link Flow#ended} says how. Exactly
   * once per flow.
   */
  void ended(Flow flow);
}
