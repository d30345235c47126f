package io.steelyard.control;

import io.steelyard.config.Problem;
import java.time.Instant;
import java.util.List;

/**
 * A numbered configuration and its outcome.
 *
 * @param number from 1, one more with each document that was tried
 * @param sha256 of the document's text, lower-case hex
 * @param outcome {@link Outcome#APPLIED} or {@link Outcome#REFUSED}
 * @param problems warnings, and what refused it
 * @param changes what it changed, or would have, a line each
 */
public record Revision(
    long number,
    String sha256,
    Instant at,
    Source source,
    Outcome outcome,
    List<Problem> problems,
    List<String> changes) {

  public Revision {
    problems = List.copyOf(problems);
    changes = List.copyOf(changes);
  }
}
