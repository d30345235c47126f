package io.steelyard;

import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import java.util.List;

/** Why the start cannot go on, in lines for people; never shown with a stack trace. */
final class StartFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient List<String> lines;

  StartFailure(String reason) {
    super(reason);
    this.lines = List.of("steelyard: " + reason);
  }

  /** All of them. */
  StartFailure(Problems problems) {
    super("problems");
    this.lines = problems.all().stream().map(Problem::text).toList();
  }

  List<String> lines() {
    return lines;
  }
}
