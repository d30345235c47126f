package io.steelyard.control;

import java.time.Instant;
import java.util.Optional;

/**
 * How the changes of the document went, since the start of the process.
 *
 * @param lastSuccessful false from a refused one until the next that is not
 * @param lastSuccess when a document last took effect, or was found to be in force
 */
public record Reloads(
    long succeeded,
    long failed,
    long unchanged,
    boolean lastSuccessful,
    Optional<Instant> lastSuccess) {

  static final Reloads NONE = new Reloads(0, 0, 0, true, Optional.empty());

  /** With one more. Only tries that could have changed something count. */
  Reloads with(Outcome outcome) {
    return switch (outcome) {
      case APPLIED ->
          new Reloads(succeeded + 1, failed, unchanged, true, Optional.of(Instant.now()));
      case REFUSED -> new Reloads(succeeded, failed + 1, unchanged, false, lastSuccess);
      case UNCHANGED ->
          new Reloads(succeeded, failed, unchanged + 1, true, Optional.of(Instant.now()));
      case CONFLICT, WOULD_APPLY -> this;
    };
  }

  /** The first document took effect: no reload. */
  Reloads started() {
    return new Reloads(succeeded, failed, unchanged, true, Optional.of(Instant.now()));
  }
}
