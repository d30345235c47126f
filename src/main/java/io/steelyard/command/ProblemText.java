package io.steelyard.command;

import io.steelyard.config.Problem;
import io.steelyard.telemetry.JsonText;
import java.util.List;
import java.util.Locale;

/** Problems as commands print them in JSON. */
final class ProblemText {

  private ProblemText() {}

  /** An array, an object each. */
  static StringBuilder json(List<Problem> problems) {
    StringBuilder text = new StringBuilder("[");
    for (Problem problem : problems) {
      if (text.length() > 1) {
        text.append(',');
      }
      new JsonText(text)
          .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
          .put("file", problem.file())
          .put("line", problem.line())
          .put("column", problem.column())
          .put("path", problem.path())
          .put("found", problem.found())
          .put("expected", problem.expected())
          .end();
    }
    return text.append(']');
  }
}
