package io.steelyard.config;

import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import io.steelyard.config.Problems.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML text to {@link Node}s. Built on the events of SnakeYAML's parser, not on its objects: events
 * carry places, show duplicate keys, make no beans, and let hostile text be given up at the first
 * event too many.
 */
final class NodeReader {

  /** The deepest form of the document, an allow rule of a listener, lies 7 deep. */
  static final int MAX_DEPTH = 32;

  /** Fits 10,000 certificates, 10,000 backends and 100,000 addresses in one document. */
  static final int MAX_NODES = 500_000;

  /** Longer than any key; bounds the paths in problems. */
  static final int MAX_KEY_LENGTH = 255;

  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final String CORE = "tag:yaml.org,2002:";

  /** Tags that name what the value is anyway; all others would name classes. */
  private static final Set<String> CORE_TAGS =
      Stream.of("str", "int", "float", "bool", "null", "seq", "map")
          .map(CORE::concat)
          .collect(Collectors.toUnmodifiableSet());

  private final ParserImpl parser;
  private final Environment environment;
  private final Map<String, Node> anchors = new HashMap<>();
  private int nodes;

  private NodeReader(String text, Environment environment) {
    this.parser = new ParserImpl(new StreamReader(text), limits());
    this.environment = environment;
  }

  private static LoaderOptions limits() {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(ConfigReader.MAX_CHARACTERS);
    return limits;
  }

  /** The one document in the text. */
  static Node read(String text, Environment environment) throws SyntaxException {
    try {
      NodeReader reader = new NodeReader(text, environment);
      return reader.document();
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
      // Only SnakeYAML's own words: its snippet would print the text, perhaps a secret.
      throw new SyntaxException(place(mark), said(e), "YAML or JSON");
    } catch (ReaderException e) {
      throw new SyntaxException(
          placeOf(text, e.getPosition()),
          String.format(Locale.ROOT, "character U+%04X", e.getCodePoint()),
          "printable characters");
    } catch (YAMLException e) {
      throw new SyntaxException(new Place(0, 0), "text that SnakeYAML refuses", "YAML or JSON");
    }
  }

  private Node document() throws SyntaxException {
    parser.getEvent(); // stream start
    if (parser.checkEvent(Event.ID.StreamEnd)) {
      throw new SyntaxException(new Place(1, 1), "nothing", "a balancer document");
    }
    parser.getEvent(); // document start
    Node root = node(parser.getEvent(), 1);
    if (!(parser.getEvent() instanceof DocumentEndEvent)) {
      throw new IllegalStateException("a document of two roots");
    }
    if (!parser.checkEvent(Event.ID.StreamEnd)) {
      throw new SyntaxException(
          place(parser.peekEvent().getStartMark()), "a second document", "one document");
    }
    return root;
  }

  private Node node(Event event, int depth) throws SyntaxException {
    Place place = place(event.getStartMark());
    if (depth > MAX_DEPTH) {
      throw new SyntaxException(place, "nesting deeper than " + MAX_DEPTH, "the document's form");
    }
    count(1, place);
    Node node =
        switch (event) {
          case AliasEvent alias -> aliased(alias, place);
          case ScalarEvent scalar -> scalar(scalar, place);
          case MappingStartEvent mapping -> mapping(checked(mapping, place), depth);
          case CollectionStartEvent sequence -> sequence(checked(sequence, place), depth);
          default -> throw new IllegalStateException("event " + event);
        };
    // An alias names its target's anchor, which stays as it is.
    if (event instanceof NodeEvent named && named.getAnchor() != null) {
      anchors.put(named.getAnchor(), node);
    }
    return node;
  }

  /** Counted before it is kept, so that neither long text nor aliases of aliases grow the tree. */
  private void count(int more, Place place) throws SyntaxException {
    nodes += more;
    if (nodes > MAX_NODES) {
      throw new SyntaxException(
          place,
          "more than " + MAX_NODES + " values, aliases counted",
          "a smaller document (long address lists belong into files)");
    }
  }

  private Node aliased(AliasEvent alias, Place place) throws SyntaxException {
    // An anchor is known once its node is whole: a node cannot contain itself.
    Node target = anchors.get(alias.getAnchor());
    if (target == null) {
      throw new SyntaxException(
          place, "alias of an unknown anchor", "an anchor that is complete further up");
    }
    count(target.size(), place);
    return target;
  }

  private Node scalar(ScalarEvent event, Place place) throws SyntaxException {
    checkTag(event.getTag(), place);
    String written = event.getValue();
    boolean absent = event.isPlain() && NULLS.contains(written) && event.getTag() == null;
    Environment.Expansion expansion = environment.expand(written);
    boolean plain = event.isPlain() && event.getTag() == null;
    return new Scalar(place, written, expansion.text(), expansion.refused(), absent, plain);
  }

  private Node sequence(Place place, int depth) throws SyntaxException {
    List<Node> items = new ArrayList<>();
    int size = 1;
    for (Event event = parser.getEvent();
        !event.is(Event.ID.SequenceEnd);
        event = parser.getEvent()) {
      Node item = node(event, depth + 1);
      items.add(item);
      size += item.size();
    }
    return new Sequence(place, Collections.unmodifiableList(items), size);
  }

  private Node mapping(Place place, int depth) throws SyntaxException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    List<Entry> repeated = new ArrayList<>();
    int size = 1;
    for (Event event = parser.getEvent();
        !event.is(Event.ID.MappingEnd);
        event = parser.getEvent()) {
      Place keyPlace = place(event.getStartMark());
      String key = key(event, keyPlace);
      Node value = node(parser.getEvent(), depth + 1);
      Entry entry = new Entry(keyPlace, key, value);
      size += value.size();
      if (entries.putIfAbsent(key, entry) != null) {
        repeated.add(entry);
      }
    }
    return new Mapping(
        place, Collections.unmodifiableMap(entries), Collections.unmodifiableList(repeated), size);
  }

  private static String key(Event event, Place place) throws SyntaxException {
    if (!(event instanceof ScalarEvent scalar)) {
      throw new SyntaxException(place, "a key that is not plain text", "a word");
    }
    checkTag(scalar.getTag(), place);
    String key = scalar.getValue();
    if (key.length() > MAX_KEY_LENGTH) {
      throw new SyntaxException(
          place, "a key of " + key.length() + " characters", "at most " + MAX_KEY_LENGTH);
    }
    return key;
  }

  private static Place checked(CollectionStartEvent event, Place place) throws SyntaxException {
    checkTag(event.getTag(), place);
    return place;
  }

  private static void checkTag(@Nullable String tag, Place place) throws SyntaxException {
    if (tag != null && !CORE_TAGS.contains(tag) && !tag.equals("!")) {
      throw new SyntaxException(place, "a tag", "a value without a tag");
    }
  }

  private static String said(MarkedYAMLException e) {
    String context = e.getContext() == null ? "" : e.getContext() + ", ";
    return Shown.of(context + e.getProblem());
  }

  private static Place place(@Nullable Mark mark) {
    return mark == null ? new Place(0, 0) : new Place(mark.getLine() + 1, mark.getColumn() + 1);
  }

  /** The place of the character at an index of code points. */
  static Place placeOf(String text, int codePoints) {
    int line = 1;
    int column = 1;
    for (int i = 0, seen = 0; i < text.length() && seen < codePoints; seen++) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      column++;
      if (codePoint == '\n') {
        line++;
        column = 1;
      }
    }
    return new Place(line, column);
  }

  /** The text is not a document at all. */
  static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Place place;
    private final String expected;

    SyntaxException(Place place, String found, String expected) {
      super(found, null, false, false);
      this.place = place;
      this.expected = expected;
    }

    Place place() {
      return place;
    }

    void addTo(Problems problems) {
      problems.error(place, "document", String.valueOf(getMessage()), expected);
    }
  }
}
