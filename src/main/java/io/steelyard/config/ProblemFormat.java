package io.steelyard.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/** Problems for people, a line each, and for programs, as JSON. */
public final class ProblemFormat {

  private ProblemFormat() {}

  /** A line for each problem, in the order of the text; empty where there is none. */
  public static List<String> lines(Problems problems) {
    return problems.inOrder().stream().map(Problem::text).toList();
  }

  /**
   * {@code {"valid":bool,"problems":[{severity,file,line,column,path,found,expected}]}}, in the
   * order of the text.
   */
  public static String json(Problems problems) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeBooleanField("valid", !problems.hasErrors());
      json.writeArrayFieldStart("problems");
      for (Problem problem : problems.inOrder()) {
        write(json, problem);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot be written", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Problem problem) throws IOException {
    json.writeStartObject();
    json.writeStringField("severity", problem.severity().name().toLowerCase(Locale.ROOT));
    json.writeStringField("file", problem.file());
    json.writeNumberField("line", problem.line());
    json.writeNumberField("column", problem.column());
    json.writeStringField("path", problem.path());
    json.writeStringField("found", problem.found());
    json.writeStringField("expected", problem.expected());
    json.writeEndObject();
  }
}
