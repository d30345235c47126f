package io.steelyard.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.steelyard.config.Problem;
import io.steelyard.config.Problem.Severity;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Tells JSON from what only looks like it: the document's reader takes YAML, whatever it was
 * called.
 */
final class JsonSyntax {

  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonSyntax() {}

  /** Throws {@link ApiException} 400 where it is none. */
  static void check(byte[] body) {
    try (JsonParser parser = FACTORY.createParser(body)) {
      if (parser.nextToken() == null) {
        throw refused(1, 1, "nothing");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw refused(
            parser.currentLocation().getLineNr(),
            parser.currentLocation().getColumnNr(),
            "more than one value");
      }
    } catch (JsonProcessingException e) {
      String reason = Optional.ofNullable(e.getOriginalMessage()).orElse("no JSON");
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      throw refused(line, column, reason);
    } catch (IOException e) {
      throw new IllegalStateException("reading an array", e);
    }
  }

  private static ApiException refused(int line, int column, String found) {
    return ApiProblem.of(400, "bad-body", "the body is not JSON: RFC 8259")
        .withProblems(
            List.of(new Problem(Severity.ERROR, "body", line, column, "document", found, "JSON")))
        .exception();
  }
}
