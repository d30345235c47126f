package io.steelyard.admin;

import io.steelyard.config.Problem;
import io.steelyard.config.Problem.Severity;

/** Something wrong with a request's body, where the body is no document. */
final class BodyProblem {

  private BodyProblem() {}

  static Problem of(String path, String found, String expected) {
    return in("body", path, found, expected);
  }

  /** Of another part of a request. */
  static Problem in(String part, String path, String found, String expected) {
    return new Problem(Severity.ERROR, part, 0, 0, path, found, expected);
  }
}
