package io.steelyard.admin;

import io.steelyard.config.DocumentTree;
import io.steelyard.config.UnreadableDocumentException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The API's own description, written by hand and held against the routes by a test. */
final class OpenApi {

  /** Also named in the native image's metadata. */
  static final String RESOURCE = "/io/steelyard/admin/openapi.yaml";

  List<Route> routes() {
    return List.of(Route.read("GET", "/openapi", Route.at(OpenApi::get)));
  }

  private static Reply get(Call call) {
    call.allowQuery();
    byte[] yaml = text();
    return switch (call.accepted(Media.JSON, Media.YAML)) {
      case JSON -> Reply.text(Media.JSON, json(yaml)).withHeader("Vary", "Accept");
      case YAML ->
          Reply.text(Media.YAML, new String(yaml, StandardCharsets.UTF_8))
              .withHeader("Vary", "Accept");
    };
  }

  static byte[] text() {
    try (InputStream input = OpenApi.class.getResourceAsStream(RESOURCE)) {
      if (input == null) {
        throw new IllegalStateException(RESOURCE + " is not in this build");
      }
      return input.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String json(byte[] yaml) {
    try {
      return DocumentTree.parse(yaml, RESOURCE).toJson();
    } catch (UnreadableDocumentException e) {
      throw new IllegalStateException("our own document: " + e.getMessage(), e);
    }
  }
}
