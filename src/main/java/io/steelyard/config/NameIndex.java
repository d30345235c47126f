package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The names of a list's items, where they tell the items apart: valid and not double. */
record NameIndex(Map<String, Node> byName) {

  static final NameIndex NONE = new NameIndex(Map.of());
  private static final String NAME_KEY = "name";

  static NameIndex of(Node list) {
    List<Node> items = list instanceof Sequence sequence ? sequence.items() : List.of(list);
    Map<String, Node> byName = new HashMap<>();
    Set<String> twice = new HashSet<>();
    for (Node item : items) {
      name(item)
          .ifPresent(
              name -> {
                if (byName.putIfAbsent(name, item) != null) {
                  twice.add(name);
                }
              });
    }
    byName.keySet().removeAll(twice);
    return new NameIndex(byName);
  }

  /** The item's name, unless it is missing, invalid or double. */
  Optional<String> label(Node item) {
    // By identity: an alias makes one node stand twice, but then its name is double.
    return name(item).filter(name -> byName.get(name) == item);
  }

  private static Optional<String> name(Node item) {
    return item instanceof Mapping mapping
            && mapping.entries().get(NAME_KEY) instanceof Entry(var _, var _, Scalar scalar)
            && scalar.refused().isEmpty()
            && !scalar.absent()
            && Forms.NAME.read(scalar.text()) instanceof Answer.Accepted<String>(String name)
        ? Optional.of(name)
        : Optional.empty();
  }
}
