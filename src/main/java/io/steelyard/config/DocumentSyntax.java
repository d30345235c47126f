package io.steelyard.config;

import io.steelyard.config.Node.Mapping;
import io.steelyard.config.NodeReader.SyntaxException;
import io.steelyard.config.Problems.Place;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Bytes or text to the root of a document, whichever of YAML and JSON it is written in. JSON has a
 * reader of its own: what SnakeYAML reads (YAML 1.1) lacks some of JSON's escapes and line breaks.
 */
final class DocumentSyntax {

  private static final char BYTE_ORDER_MARK = '\ufeff';

  /** A brace and a quoted key: JSON, or YAML that happens to begin like it. */
  private static final Pattern LIKE_JSON = Pattern.compile("[ \t\r\n]*+\\{[ \t\r\n]*+[\"}]");

  private static final Comparator<Place> IN_TEXT =
      Comparator.comparingInt(Place::line).thenComparingInt(Place::column);

  private DocumentSyntax() {}

  /** The text, without a byte order mark. */
  static String decode(byte[] bytes) throws SyntaxException {
    ByteBuffer input = ByteBuffer.wrap(bytes);
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(input, text, true);
    text.flip();
    if (result.isError() && bytes.length <= ConfigReader.MAX_CHARACTERS) {
      String before = text.toString();
      Place place = NodeReader.placeOf(before, before.length());
      String found = "byte 0x" + HexFormat.of().toHexDigits(bytes[input.position()]);
      throw new SyntaxException(place, found, "UTF-8");
    }
    return text.toString();
  }

  /** The keys and values that the text consists of. */
  static Mapping root(String text, Environment environment) throws SyntaxException {
    if (text.length() > ConfigReader.MAX_CHARACTERS) {
      throw new SyntaxException(
          new Place(1, 1),
          "more than " + ConfigReader.MAX_CHARACTERS + " characters",
          "a smaller document");
    }
    boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
    Node root = node(marked ? text.substring(1) : text, environment);
    if (root instanceof Mapping mapping) {
      return mapping;
    }
    boolean nothing = root instanceof Node.Scalar scalar && scalar.absent();
    throw new SyntaxException(
        root.place(),
        nothing ? "nothing" : "no keys and values",
        "a balancer document with listeners and server-groups");
  }

  private static Node node(String text, Environment environment) throws SyntaxException {
    if (!LIKE_JSON.matcher(text).lookingAt()) {
      return NodeReader.read(text, environment);
    }
    SyntaxException notJson;
    try {
      return JsonNodeReader.read(text, environment);
    } catch (SyntaxException e) {
      notJson = e;
    }
    try {
      return NodeReader.read(text, environment);
    } catch (SyntaxException notYaml) {
      // Whichever reader came further knows better what the writer meant.
      throw IN_TEXT.compare(notJson.place(), notYaml.place()) >= 0 ? notJson : notYaml;
    }
  }
}
