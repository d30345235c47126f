package io.steelyard.config;

import io.steelyard.config.Form.Answer.Accepted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A document, or a part of one, as it is written: keys and values before they mean anything. Made
 * for editing and writing back; what it means is {@link ConfigReader}'s to say. Environment
 * references stay as they are, anchors are resolved, comments are gone. Where one may stand for a
 * list of one, it has become the list. Immutable; two trees are equal when they say the same in
 * whatever order of keys.
 *
 * <p>A value without quotes is a number, a flag or null only if JSON would write it with exactly
 * the same characters ({@code 443}, {@code 0.2}, {@code true}; all ways to write null are one); all
 * else, {@code 5s}, {@code yes} and {@code 010} too, is text. So nothing is lost on the way through
 * JSON, where forms that take a number take its text as well.
 */
public final class DocumentTree {

  /** A document without a key. */
  public static final DocumentTree EMPTY = new DocumentTree(Map.of(), DocumentShape.ROOT);

  private static final String BACKENDS = "backends";
  private static final String ADDRESS = "address";
  private static final String NAME = "name";

  private final Map<String, @Nullable Object> objects;
  private final DocumentShape shape;

  private DocumentTree(Map<String, @Nullable Object> objects, DocumentShape shape) {
    this.objects = objects;
    this.shape = shape;
  }

  /** The four lists of a document, whose parts have names. */
  public enum Kind {
    LISTENER("listeners"),
    IP_GROUP("ip-groups"),
    CERTIFICATE("certificates"),
    SERVER_GROUP("server-groups");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    /** The document's key of the list. */
    public String key() {
      return key;
    }
  }

  /**
   * The tree of a whole document, YAML or JSON in UTF-8, within the bounds of {@link ConfigReader}.
   * A document that {@link ConfigReader} finds no error in has a tree.
   *
   * @param name the file, as problems show it
   * @throws UnreadableDocumentException where the text is no document or has a key twice; {@link
   *     UnreadableDocumentException#problems} are those that {@link ConfigReader} reports
   */
  public static DocumentTree parse(byte[] text, String name) throws UnreadableDocumentException {
    return parse(text, name, DocumentShape.ROOT);
  }

  /** The tree of one part, such as a listener alone. Otherwise as {@link #parse}. */
  public static DocumentTree parsePart(Kind kind, byte[] text, String name)
      throws UnreadableDocumentException {
    return parse(text, name, DocumentShape.ROOT.below(kind.key()));
  }

  /** The tree of one backend. Otherwise as {@link #parse}. */
  public static DocumentTree parseBackend(byte[] text, String name)
      throws UnreadableDocumentException {
    return parse(text, name, DocumentShape.ROOT.below(Kind.SERVER_GROUP.key()).below(BACKENDS));
  }

  private static DocumentTree parse(byte[] text, String name, DocumentShape shape)
      throws UnreadableDocumentException {
    return new DocumentTree(TreeReader.read(text, name, shape), shape);
  }

  /**
   * The tree as plain objects: {@code Map}, {@code List}, {@code String}, {@code Long}, {@code
   * BigDecimal}, {@code Boolean} or null, in canonical order. Unmodifiable.
   */
  public Map<String, @Nullable Object> objects() {
    return objects;
  }

  /** One line of JSON. */
  public String toJson() {
    return PlainObjects.json(objects);
  }

  /**
   * Canonical YAML: keys in the documentation's order, one a line, and a comment at the top that
   * says what is lost. Reads as an equal tree and, expanded alike, as equal records.
   */
  public String toYaml() {
    return PlainObjects.yaml(objects);
  }

  /** The parts of a kind, in the document's order; whatever has no keys is left out. */
  public List<DocumentTree> parts(Kind kind) {
    return items(kind.key(), shape.below(kind.key()));
  }

  /** The first part of that name, as written or with this process's environment. */
  public Optional<DocumentTree> part(Kind kind, String name) {
    return parts(kind).stream().filter(part -> part.isNamed(name)).findFirst();
  }

  /**
   * With this part in the place of the one of that name, else at the end of its list. A part
   * without a name gets this one; one with another name renames.
   */
  public DocumentTree with(Kind kind, String name, DocumentTree part) {
    DocumentTree fitting = part.as(shape.below(kind.key()));
    DocumentTree named =
        fitting.objects.containsKey(NAME) ? fitting : fitting.withValue(NAME, name);
    return withItem(kind.key(), item -> isNamed(item, name), named.objects);
  }

  /** Without the part of that name; itself where there is none. */
  public DocumentTree without(Kind kind, String name) {
    return withItem(kind.key(), item -> isNamed(item, name), null);
  }

  /** The backends of a group, in its order; none where there is no such group. */
  public List<DocumentTree> backends(String group) {
    return part(Kind.SERVER_GROUP, group)
        .map(found -> found.items(BACKENDS, found.shape.below(BACKENDS)))
        .orElseGet(List::of);
  }

  /** A group's backend of that address, whichever way either is written. */
  public Optional<DocumentTree> backend(String group, String address) {
    return part(Kind.SERVER_GROUP, group)
        .flatMap(
            found ->
                backends(group).stream()
                    .filter(backend -> found.isBackend(backend.objects, address))
                    .findFirst());
  }

  /**
   * With this backend in the place of the group's one of that address, else as its last. A backend
   * without an address gets this one.
   *
   * @throws NoSuchElementException where there is no such group
   */
  public DocumentTree withBackend(String group, String address, DocumentTree backend) {
    DocumentTree found = part(Kind.SERVER_GROUP, group).orElseThrow();
    DocumentTree fitting = backend.as(found.shape.below(BACKENDS));
    DocumentTree addressed =
        fitting.objects.containsKey(ADDRESS) ? fitting : fitting.withValue(ADDRESS, address);
    return with(
        Kind.SERVER_GROUP,
        group,
        found.withItem(BACKENDS, item -> found.isBackend(item, address), addressed.objects));
  }

  /** Without the group's backend of that address; itself where there is none. */
  public DocumentTree withoutBackend(String group, String address) {
    return part(Kind.SERVER_GROUP, group)
        .map(
            found ->
                with(
                    Kind.SERVER_GROUP,
                    group,
                    found.withItem(BACKENDS, item -> found.isBackend(item, address), null)))
        .orElse(this);
  }

  /** The text of a value of this part, as JSON would write it; absent where the key is. */
  public Optional<String> value(String key) {
    return Optional.ofNullable(objects.get(key))
        .filter(value -> !(value instanceof Map) && !(value instanceof List))
        .map(String::valueOf);
  }

  /**
   * With this value at the key.
   *
   * @param value text, a whole number or a flag
   */
  public DocumentTree withValue(String key, Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(objects);
    changed.put(key, value instanceof Integer number ? (Object) number.longValue() : value);
    return ordered(changed);
  }

  /** With the keys and lists in the form of that place, whatever it was parsed as. */
  private DocumentTree as(DocumentShape place) {
    if (shape == place) {
      return this;
    }
    try {
      return parse(toJson().getBytes(StandardCharsets.UTF_8), "", place);
    } catch (UnreadableDocumentException e) {
      throw new IllegalStateException("a tree that does not read as one", e);
    }
  }

  private DocumentTree ordered(Map<String, @Nullable Object> changed) {
    Map<String, @Nullable Object> ordered = new LinkedHashMap<>();
    shape.ordered(changed.keySet()).forEach(key -> ordered.put(key, changed.get(key)));
    return new DocumentTree(Collections.unmodifiableMap(ordered), shape);
  }

  private List<DocumentTree> items(String key, DocumentShape below) {
    List<DocumentTree> items = new ArrayList<>();
    for (Object item : list(key)) {
      asMapping(item).ifPresent(mapping -> items.add(new DocumentTree(mapping, below)));
    }
    return List.copyOf(items);
  }

  private List<?> list(String key) {
    return objects.get(key) instanceof List<?> list ? list : List.of();
  }

  private interface Chosen {
    boolean test(Map<String, @Nullable Object> item);
  }

  /** With the chosen item replaced, or removed where there is nothing to replace it with. */
  private DocumentTree withItem(
      String key, Chosen chosen, @Nullable Map<String, @Nullable Object> replacement) {
    List<@Nullable Object> items = new ArrayList<>();
    boolean found = false;
    for (Object item : list(key)) {
      if (!found && asMapping(item).filter(chosen::test).isPresent()) {
        found = true;
        if (replacement != null) {
          items.add(replacement);
        }
      } else {
        items.add(item);
      }
    }
    if (!found && replacement == null) {
      return this;
    }
    if (!found) {
      items.add(replacement);
    }
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(objects);
    changed.put(key, Collections.unmodifiableList(items));
    return ordered(changed);
  }

  @SuppressWarnings("unchecked") // Only this class makes the maps, all with keys of text.
  private static Optional<Map<String, @Nullable Object>> asMapping(@Nullable Object item) {
    return item instanceof Map<?, ?> mapping
        ? Optional.of((Map<String, @Nullable Object>) mapping)
        : Optional.empty();
  }

  private boolean isNamed(String name) {
    return isNamed(objects, name);
  }

  private static boolean isNamed(Map<String, @Nullable Object> item, String name) {
    Object written = item.get(NAME);
    return written != null && (written.toString().equals(name) || expanded(written).equals(name));
  }

  /** Whether it is this group's backend of that address, in any spelling. */
  private boolean isBackend(Map<String, @Nullable Object> item, String address) {
    Object written = item.get(ADDRESS);
    if (written == null) {
      return false;
    }
    Form<BackendAddress> form = BackendAddress.form(defaultPort());
    return written.toString().equals(address)
        || form.read(expanded(written)) instanceof Accepted<BackendAddress>(BackendAddress own)
            && form.read(address) instanceof Accepted<BackendAddress>(BackendAddress asked)
            && own.host().equals(asked.host())
            && own.port() == asked.port();
  }

  private OptionalInt defaultPort() {
    Object written = objects.get("default-port");
    return written != null
            && Forms.number(1, ListenerReader.MAX_PORT).read(expanded(written))
                instanceof Accepted<Integer>(Integer port)
        ? OptionalInt.of(port)
        : OptionalInt.empty();
  }

  private static String expanded(Object written) {
    UnaryOperator<@Nullable String> variables = System::getenv;
    return new Environment(variables).expand(written.toString()).text();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DocumentTree tree && objects.equals(tree.objects);
  }

  @Override
  public int hashCode() {
    return objects.hashCode();
  }

  /** The JSON. */
  @Override
  public String toString() {
    return toJson();
  }
}
