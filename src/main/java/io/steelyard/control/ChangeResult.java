package io.steelyard.control;

import io.steelyard.config.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What became of a change.
 *
 * @param revision the one made by it, applied or refused; absent where none was made
 * @param sha256 of the document in force afterwards
 * @param problems warnings, and what refused it, with places of the text that was asked for
 * @param changes what it did or would do, a line each
 * @param unsaved why the document in force is not the file's: the change lives until the next
 *     reload; absent where the file has it
 */
public record ChangeResult(
    Outcome outcome,
    Optional<Revision> revision,
    String sha256,
    List<Problem> problems,
    List<String> changes,
    Optional<String> unsaved) {

  public ChangeResult {
    problems = List.copyOf(problems);
    changes = List.copyOf(changes);
  }
}
