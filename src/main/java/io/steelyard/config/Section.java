package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.Node.Entry;
import io.steelyard.config.Node.Mapping;
import io.steelyard.config.Node.Scalar;
import io.steelyard.config.Node.Sequence;
import io.steelyard.config.Problems.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One mapping of the document while it is read: hands out values by key in the form asked for,
 * reports what does not fit and goes on with a placeholder, and at the end reports every key that
 * nobody asked for. So a reader states its keys once, and all problems come at once. Mutable, of
 * one reading.
 */
final class Section {

  private static final String MISSING = "missing";

  private final Mapping mapping;
  private final String path;
  private final Place place;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> later = new HashSet<>();

  Section(Mapping mapping, String path, Place place, Problems problems) {
    this.mapping = mapping;
    this.path = path;
    this.place = place;
    this.problems = problems;
    for (Entry again : mapping.repeated()) {
      int first = entryOf(again.key()).keyPlace().line();
      problems.error(
          again.keyPlace(),
          pathOf(again.key()),
          "key again, first in line " + first,
          "each key once");
    }
  }

  String path() {
    return path;
  }

  String pathOf(String key) {
    return path.isEmpty() ? Shown.of(key) : path + "." + Shown.of(key);
  }

  boolean has(String key) {
    known.add(key);
    return mapping.entries().containsKey(key);
  }

  /** The value, or the fallback where the key is missing or its value refused. */
  <T> T value(String key, Form<T> form, T fallback) {
    return optional(key, form).orElse(fallback);
  }

  <T> Optional<T> optional(String key, Form<T> form) {
    return has(key)
        ? read(entryOf(key).value(), pathOf(key), entryOf(key).place(), form)
        : Optional.empty();
  }

  /** The value; the placeholder, with a problem, where there is none. */
  <T> T required(String key, Form<T> form, T placeholder) {
    if (!has(key)) {
      missing(key, form.expected());
    }
    return value(key, form, placeholder);
  }

  /** One or a list of them; empty where the key is missing. Refused items leave no gap. */
  <T> List<T> list(String key, Form<T> form, int max) {
    if (!has(key)) {
      return List.of();
    }
    List<T> values = new ArrayList<>();
    forEach(key, max, (node, at, where) -> read(node, at, where, form).ifPresent(values::add));
    return values;
  }

  /** At least one, or a problem. */
  <T> List<T> requiredList(String key, Form<T> form, int max) {
    if (!has(key)) {
      missing(key, form.expected());
    } else if (isEmptyList(key)) {
      error(key, "an empty list", "at least one: " + form.expected());
    }
    return list(key, form, max);
  }

  /**
   * One mapping or a list of mappings; an empty one, already reported, for whatever else stands
   * among them, so that the others keep their index. The index in a path gives way to the name
   * where names tell them apart.
   */
  List<Section> sections(String key, int max, boolean named) {
    if (!has(key)) {
      return List.of();
    }
    NameIndex names = named ? NameIndex.of(entryOf(key).value()) : NameIndex.NONE;
    List<Section> sections = new ArrayList<>();
    forEach(
        key,
        max,
        (node, at, where) -> {
          String label = names.label(node).map(name -> pathOf(key) + "[" + name + "]").orElse(at);
          sections.add(section(node, label, where).orElseGet(() -> placeholder(label, where)));
        });
    return sections;
  }

  /** A mapping below; absent where the key is missing or its value is something else. */
  Optional<Section> section(String key) {
    return has(key)
        ? section(entryOf(key).value(), pathOf(key), entryOf(key).place())
        : Optional.empty();
  }

  /** Whether the key's value is a mapping; for keys that also take one word. */
  boolean holdsSection(String key) {
    return has(key) && entryOf(key).value() instanceof Mapping;
  }

  boolean holdsList(String key) {
    return has(key) && entryOf(key).value() instanceof Sequence;
  }

  boolean isEmptyList(String key) {
    return has(key)
        && entryOf(key).value() instanceof Sequence sequence
        && sequence.items().isEmpty();
  }

  /** Free keys with values of one form, as written down. */
  <T> Map<String, T> map(Form<String> keyForm, Form<T> form, int max) {
    Map<String, T> values = new TreeMap<>();
    if (mapping.entries().size() > max) {
      problems.error(place, path, mapping.entries().size() + " entries", "at most " + max);
    }
    for (Entry entry : mapping.entries().values()) {
      if (keyForm.read(entry.key()) instanceof Answer.Refused<String>) {
        problems.error(
            entry.keyPlace(),
            pathOf(entry.key()),
            entry.key().isEmpty() ? "an empty key" : "key " + Shown.of(entry.key()),
            keyForm.expected());
      }
      optional(entry.key(), form).ifPresent(value -> values.put(entry.key(), value));
    }
    return values;
  }

  /** A key that a later version brings. */
  void notYet(String key, String expected) {
    later.add(key);
    if (has(key)) {
      error(key, key + Choice.NOT_YET, expected);
    }
  }

  /**
   * A key of a later version, of which one value is what this version does anyway.
   *
   * @return whether another value stands there
   */
  <T> boolean notYetUnless(String key, Form<T> form, T neutral) {
    later.add(key);
    if (!has(key) || isNeutral(entryOf(key).value(), form, neutral)) {
      return false;
    }
    Node value = entryOf(key).value();
    String found = value instanceof Scalar scalar && !scalar.absent() ? Shown.of(scalar) : key;
    error(key, found + Choice.NOT_YET, form.expected());
    return true;
  }

  private static <T> boolean isNeutral(Node node, Form<T> form, T neutral) {
    return node instanceof Scalar scalar
        && scalar.refused().isEmpty()
        && !scalar.absent()
        && form.read(scalar.text()) instanceof Answer.Accepted<T>(T value)
        && value.equals(neutral);
  }

  void notOffered(String key, String instead) {
    // Not among the known keys: an unknown key must not be sent there.
    if (mapping.entries().containsKey(key)) {
      error(key, key + " is not offered", instead);
    }
  }

  /**
   * Warns about keys that do nothing beside the others. Their values were read as ever.
   *
   * @param decisive the key that takes their effect; where its own value is refused, nobody knows
   */
  void withoutEffect(String decisive, String because, String... keys) {
    if (refused(decisive)) {
      return;
    }
    for (String key : keys) {
      if (has(key)) {
        problems.warning(
            entryOf(key).place(), pathOf(key), "without effect " + because, "no " + key);
      }
    }
  }

  void error(String key, String found, String expected) {
    Place at = mapping.entries().containsKey(key) ? entryOf(key).place() : place;
    problems.error(at, pathOf(key), found, expected);
  }

  void warning(String key, String found, String expected) {
    problems.warning(entryOf(key).place(), pathOf(key), found, expected);
  }

  /** Whether the key's value had a problem. */
  boolean refused(String key) {
    return problems.hasErrorAt(pathOf(key));
  }

  void missing(String key, String expected) {
    problems.error(place, pathOf(key), MISSING, expected);
  }

  /** A problem of the section itself. */
  void nothing(String found, String expected) {
    problems.error(place, path, found, expected);
  }

  /** To be called once all keys were asked for. */
  void end() {
    for (Entry entry : mapping.entries().values()) {
      // A key that is not offered has its problem already.
      if (!known.contains(entry.key()) && !problems.hasErrorAt(pathOf(entry.key()))) {
        String expected = Nearest.to(entry.key(), known).orElseGet(() -> Choice.oneOf(available()));
        problems.error(entry.keyPlace(), pathOf(entry.key()), "unknown key", expected);
      }
    }
  }

  private List<String> available() {
    return known.stream().filter(key -> !later.contains(key)).toList();
  }

  private Optional<Section> section(Node node, String at, Place where) {
    if (node instanceof Mapping below) {
      return Optional.of(new Section(below, at, where, problems));
    }
    problems.error(where, at, Shown.of(node), "keys and values");
    return Optional.empty();
  }

  private static Section placeholder(String path, Place place) {
    return new Section(new Mapping(place, Map.of(), List.of(), 0), path, place, new Problems(""));
  }

  private <T> Optional<T> read(Node node, String at, Place where, Form<T> form) {
    if (!(node instanceof Scalar scalar) || scalar.absent()) {
      problems.error(where, at, Shown.of(node), form.expected());
      return Optional.empty();
    }
    if (!scalar.refused().isEmpty()) {
      problems.error(where, at, Shown.of(scalar) + scalar.refused(), form.expected());
      return Optional.empty();
    }
    return switch (form.read(scalar.text())) {
      case Answer.Accepted<T>(T value) -> Optional.of(value);
      case Answer.Refused<T>(String remark, String expected) -> {
        problems.error(where, at, Shown.of(scalar) + remark, expected);
        yield Optional.empty();
      }
    };
  }

  private void forEach(String key, int max, Visitor visitor) {
    Entry entry = entryOf(key);
    if (!(entry.value() instanceof Sequence sequence)) {
      visitor.visit(entry.value(), pathOf(key) + "[0]", entry.place());
      return;
    }
    int size = sequence.items().size();
    if (size > max) {
      error(key, size + " entries", "at most " + max);
    }
    for (int i = 0; i < Math.min(size, max); i++) {
      Node item = sequence.items().get(i);
      visitor.visit(item, pathOf(key) + "[" + i + "]", item.place());
    }
  }

  private Entry entryOf(String key) {
    Entry entry = mapping.entries().get(key);
    if (entry == null) {
      throw new IllegalStateException("no " + key + " in " + path);
    }
    return entry;
  }

  private interface Visitor {
    void visit(Node node, String path, Place place);
  }
}
