package io.steelyard.config;

import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import io.steelyard.config.Problems.Place;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Finds where a path such as {@code listeners[web].tls.certificates[0]} stands, walking the
 * document from its root as far as the path leads: the place of the nearest enclosing value that is
 * written.
 */
final class DocumentPlaces implements Problems.Places {

  private final Node root;
  private final Map<Node, NameIndex> names = new IdentityHashMap<>();

  DocumentPlaces(Node root) {
    this.root = root;
  }

  @Override
  public Place of(String path) {
    Step step = new Step(root, root.place(), path);
    while (true) {
      Step next =
          switch (step.node) {
            case Mapping mapping -> intoMapping(mapping, step);
            case Sequence sequence -> intoSequence(sequence, step);
            case Scalar scalar -> step;
          };
      if (next == step || next.rest.isEmpty()) {
        return next.place;
      }
      step = next;
    }
  }

  /** The longest key that the rest begins with: keys of tags may hold dots and brackets. */
  private static Step intoMapping(Mapping mapping, Step step) {
    // A single mapping may stand where a list of one does.
    if (step.rest.startsWith("[") && step.rest.indexOf(']') > 0) {
      String below = step.rest.substring(step.rest.indexOf(']') + 1);
      return new Step(step.node, step.place, below);
    }
    String rest = step.rest.startsWith(".") ? step.rest.substring(1) : step.rest;
    for (int end = rest.length(); end > 0; end = lastSeparator(rest, end)) {
      Entry entry = mapping.entries().get(rest.substring(0, end));
      if (entry != null) {
        return new Step(entry.value(), entry.place(), rest.substring(end));
      }
    }
    return step;
  }

  private static int lastSeparator(String text, int end) {
    return Math.max(text.lastIndexOf('.', end - 1), text.lastIndexOf('[', end - 1));
  }

  private Step intoSequence(Sequence sequence, Step step) {
    if (!step.rest.startsWith("[")) {
      return step;
    }
    NameIndex index = names.computeIfAbsent(sequence, NameIndex::of);
    // A name may hold a bracket itself: the shortest label that is one.
    for (int end = step.rest.indexOf(']'); end > 0; end = step.rest.indexOf(']', end + 1)) {
      String label = step.rest.substring(1, end);
      Node item = index.byName().get(label);
      if (item == null && label.matches("[0-9]{1,6}")) {
        int position = Integer.parseInt(label);
        item = position < sequence.items().size() ? sequence.items().get(position) : null;
      }
      if (item != null) {
        return new Step(item, item.place(), step.rest.substring(end + 1));
      }
    }
    return step;
  }

  private record Step(Node node, Place place, String rest) {}
}
