package io.steelyard.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.List;

/**
 * The document's file is not there or cannot be read, or its text is no document. The message is
 * for people, and names the file.
 */
public final class UnreadableDocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  UnreadableDocumentException(String message, IOException cause) {
    super(message, cause);
    this.problems = List.of();
  }

  UnreadableDocumentException(Problems problems) {
    super(problems.all().getFirst().text());
    this.problems = problems.all();
  }

  /** What is wrong with the text; none where there was no text. */
  public List<Problem> problems() {
    return problems;
  }

  static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : "cannot be read: " + e.getMessage();
  }
}
