package io.steelyard.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The JSON Schema (draft 2020-12) of the balancer document: for editors to complete from, and for
 * the API's documentation. What the reader accepts and a schema cannot say (names that must exist,
 * durations' ranges in words) only {@link ConfigReader} knows.
 */
public final class DocumentSchema {

  private static final String RESOURCE = "steelyard.schema.json";

  private DocumentSchema() {}

  /** Its text. Reads it anew each time. */
  public static String text() {
    try (InputStream input = DocumentSchema.class.getResourceAsStream(RESOURCE)) {
      if (input == null) {
        throw new IllegalStateException(RESOURCE + " was left out of the build");
      }
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
