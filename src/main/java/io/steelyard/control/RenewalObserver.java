package io.steelyard.control;

import io.steelyard.config.Problem;
import java.util.List;

/** Is told of every file that was renewed, and of every renewal that failed, once each. */
public interface RenewalObserver {

  /** Nobody listens. */
  RenewalObserver NONE = (kind, name, success, problems) -> {};

  /**
   * New content of files has taken effect, or was refused and the old is kept. On the worker thread
   * that looked.
   *
   * @param kind one of the constants of {@link Renewals}
   * @param name of the certificate, listener, server group or ip-group
   * @param problems warnings of a success, errors of a failure
   */
  void renewed(String kind, String name, boolean success, List<Problem> problems);
}
