package io.steelyard.config;

import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import io.steelyard.config.NodeReader.SyntaxException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Text to the plain objects of a {@link DocumentTree}. Confined to one reading. */
final class TreeReader {

  private final Problems problems;

  private TreeReader(Problems problems) {
    this.problems = problems;
  }

  /** Keys and values in the shape's order; see {@link DocumentTree#parse}. */
  static Map<String, @Nullable Object> read(byte[] text, String name, DocumentShape shape)
      throws UnreadableDocumentException {
    Problems problems = new Problems(name);
    try {
      // References stay as they are: what they would expand to is nobody's concern here.
      Environment nothing = new Environment(variable -> null);
      Mapping root = DocumentSyntax.root(DocumentSyntax.decode(text), nothing);
      Map<String, @Nullable Object> objects = new TreeReader(problems).mapping(root, shape, "");
      if (!problems.hasErrors()) {
        return objects;
      }
    } catch (SyntaxException e) {
      e.addTo(problems);
    }
    throw new UnreadableDocumentException(problems);
  }

  private Map<String, @Nullable Object> mapping(Mapping mapping, DocumentShape shape, String path) {
    for (Entry again : mapping.repeated()) {
      problems.error(again.keyPlace(), path + Shown.of(again.key()), "key again", "each key once");
    }
    Map<String, @Nullable Object> objects = new LinkedHashMap<>();
    for (String key : shape.ordered(mapping.entries().keySet())) {
      Entry entry = mapping.entries().get(key);
      if (entry != null) {
        objects.put(key, normal(entry.value(), shape.below(key), path + Shown.of(key)));
      }
    }
    return Collections.unmodifiableMap(objects);
  }

  /** A list where the one stands for it. */
  private @Nullable Object normal(Node node, DocumentShape shape, String path) {
    Object object = object(node, shape, path);
    boolean alone =
        shape.list() && (shape.keys().isEmpty() ? node instanceof Scalar : node instanceof Mapping);
    return alone && object != null ? List.of(object) : object;
  }

  private @Nullable Object object(Node node, DocumentShape shape, String path) {
    return switch (node) {
      case Scalar scalar -> PlainObjects.value(scalar);
      case Mapping mapping -> mapping(mapping, shape, path + ".");
      case Sequence sequence -> {
        List<@Nullable Object> items = new ArrayList<>();
        for (Node item : sequence.items()) {
          items.add(object(item, shape, path + "[" + items.size() + "]"));
        }
        yield Collections.unmodifiableList(items);
      }
    };
  }
}
