package io.steelyard.control;

import io.vertx.core.Future;

/** Something whose flows can be drained: a listener, seen from the drain. */
interface Drainable {

  /** Takes nothing new; open flows go on. Idempotent. */
  void stopAccepting();

  int openFlows();

  /** Ends that many of its oldest flows as drained. */
  void endOldest(int count);

  /** Completes when no flow is open after {@link #stopAccepting}. */
  Future<Void> drained();
}
