package io.steelyard.admin;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a request is answered.
 *
 * @param note what the audit line says of it, {@code key=value}
 */
record Reply(int status, String mediaType, byte[] body, Map<String, String> headers, String note) {

  static Reply json(JsonObject body) {
    return new Reply(200, Media.JSON.type(), body.toBuffer().getBytes(), Map.of(), "");
  }

  static Reply json(JsonArray body) {
    return new Reply(200, Media.JSON.type(), body.toBuffer().getBytes(), Map.of(), "");
  }

  static Reply text(Media media, String body) {
    return new Reply(200, media.type(), body.getBytes(StandardCharsets.UTF_8), Map.of(), "");
  }

  Reply status(int other) {
    return new Reply(other, mediaType, body, headers, note);
  }

  Reply withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Reply(status, mediaType, body, more, note);
  }

  /** The entity tag of the document that the answer belongs to: RFC 9110 §8.8.3. */
  Reply tagged(String sha256) {
    return withHeader("ETag", "\"" + sha256 + "\"");
  }

  Reply noted(String facts) {
    return new Reply(status, mediaType, body, headers, facts);
  }
}
