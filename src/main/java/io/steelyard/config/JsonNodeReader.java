package io.steelyard.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import io.steelyard.config.NodeReader.SyntaxException;
import io.steelyard.config.Problems.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON text to {@link Node}s, within the bounds of {@link NodeReader}. Numbers keep their text, so
 * that nothing is lost between what was written and what a form reads.
 */
final class JsonNodeReader {

  private static final String JSON = "JSON";
  private static final JsonFactory FACTORY = new JsonFactory();

  private final JsonParser parser;
  private final Environment environment;
  private int nodes;

  private JsonNodeReader(JsonParser parser, Environment environment) {
    this.parser = parser;
    this.environment = environment;
  }

  /** The one value in the text. */
  static Node read(String text, Environment environment) throws SyntaxException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonNodeReader reader = new JsonNodeReader(parser, environment);
      Node root = reader.node(parser.nextToken(), 1);
      if (parser.nextToken() != null) {
        throw new SyntaxException(reader.place(), "a second document", "one document");
      }
      return root;
    } catch (JsonProcessingException e) {
      // Jackson's own words repeat the text, perhaps a secret.
      throw new SyntaxException(place(e.getLocation()), "text that is not JSON", JSON);
    } catch (IOException e) {
      throw new SyntaxException(new Place(0, 0), "text that cannot be read", JSON);
    }
  }

  private Node node(@Nullable JsonToken token, int depth) throws IOException, SyntaxException {
    Place place = place();
    if (token == null) {
      throw new SyntaxException(place, "an end in the middle", JSON);
    }
    if (depth > NodeReader.MAX_DEPTH) {
      throw new SyntaxException(
          place, "nesting deeper than " + NodeReader.MAX_DEPTH, "the document's form");
    }
    if (++nodes > NodeReader.MAX_NODES) {
      throw new SyntaxException(
          place,
          "more than " + NodeReader.MAX_NODES + " values",
          "a smaller document (long address lists belong into files)");
    }
    return switch (token) {
      case START_OBJECT -> mapping(place, depth);
      case START_ARRAY -> sequence(place, depth);
      case VALUE_STRING -> scalar(place, parser.getText(), false);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE ->
          scalar(place, parser.getText(), true);
      case VALUE_NULL -> new Scalar(place, "null", "null", "", true, true);
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new IllegalStateException("token " + token);
    };
  }

  private Node scalar(Place place, String written, boolean plain) {
    Environment.Expansion expansion = environment.expand(written);
    return new Scalar(place, written, expansion.text(), expansion.refused(), false, plain);
  }

  private Node sequence(Place place, int depth) throws IOException, SyntaxException {
    List<Node> items = new ArrayList<>();
    int size = 1;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Node item = node(token, depth + 1);
      items.add(item);
      size += item.size();
    }
    return new Sequence(place, Collections.unmodifiableList(items), size);
  }

  private Node mapping(Place place, int depth) throws IOException, SyntaxException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    List<Entry> repeated = new ArrayList<>();
    int size = 1;
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      Place keyPlace = place();
      if (key.length() > NodeReader.MAX_KEY_LENGTH) {
        throw new SyntaxException(
            keyPlace,
            "a key of " + key.length() + " characters",
            "at most " + NodeReader.MAX_KEY_LENGTH);
      }
      Entry entry = new Entry(keyPlace, key, node(parser.nextToken(), depth + 1));
      size += entry.value().size();
      if (entries.putIfAbsent(key, entry) != null) {
        repeated.add(entry);
      }
    }
    return new Mapping(
        place, Collections.unmodifiableMap(entries), Collections.unmodifiableList(repeated), size);
  }

  private Place place() {
    return place(parser.currentTokenLocation());
  }

  private static Place place(@Nullable JsonLocation location) {
    return location == null
        ? new Place(0, 0)
        : new Place(location.getLineNr(), location.getColumnNr());
  }
}
