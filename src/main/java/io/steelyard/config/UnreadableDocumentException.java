package io.steelyard.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;

/**
 * The document's file is not there or cannot be read. The message is for people, and names the
 * file.
 */
public final class UnreadableDocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  UnreadableDocumentException(String message, IOException cause) {
    super(message, cause);
  }

  static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : "cannot be read: " + e.getMessage();
  }
}
