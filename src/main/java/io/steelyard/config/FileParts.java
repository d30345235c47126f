package io.steelyard.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one document that are read from files, such as a certificate with its key: each read
 * once, and taken over from an earlier document where the content of its files is the same. Filled
 * by one thread; read-only afterwards, and then safe for any.
 *
 * <p>Either for a document that shall take effect as it stands, where every problem of a file is
 * one of the document, or to renew the files of one in force, where what cannot be used leaves the
 * earlier part in place.
 */
public final class FileParts {

  /** While these are filled: one document must not keep all before it in memory. */
  private Optional<FileParts> earlier;

  private final @Nullable Problems problems;
  private final Set<Key> held;
  private final Duration settling;
  private final InstantSource clock;

  /** In the order in which they were asked for. */
  private final Map<Key, Part<?>> parts = new LinkedHashMap<>();

  private final Set<String> said = new HashSet<>();
  private final Map<Key, Change> renewed = new LinkedHashMap<>();
  private final Map<Key, Change> refused = new LinkedHashMap<>();

  private FileParts(
      Optional<FileParts> earlier,
      @Nullable Problems problems,
      Set<Key> held,
      Duration settling,
      InstantSource clock) {
    this.earlier = earlier;
    this.problems = problems;
    this.held = held;
    this.settling = settling;
    this.clock = clock;
  }

  /**
   * Parts of a document that shall take effect.
   *
   * @param problems gets what is wrong with them
   */
  public static FileParts of(Optional<FileParts> earlier, Problems problems) {
    return new FileParts(earlier, problems, Set.of(), Duration.ZERO, InstantSource.system());
  }

  /**
   * Parts of the document in force, read again where files have changed.
   *
   * @param held stay as they are
   * @param settling how long a file must not have been written to; one that is being written may be
   *     whole by chance and still miss its end
   */
  public static FileParts renewing(
      FileParts earlier, Set<Key> held, Duration settling, InstantSource clock) {
    return new FileParts(Optional.of(earlier), null, held, settling, clock);
  }

  /**
   * One part.
   *
   * @param place before the paths of its problems; empty where they are whole
   * @param files it is read from
   * @param dependency what it was made for; made anew where that differs
   * @return empty where it cannot be used
   */
  public <T> Optional<T> get(
      Key key, String place, List<Path> files, Object dependency, Parser<T> parser) {
    Part<?> known = parts.get(key);
    if (known == null) {
      known = part(key, files, dependency, parser);
      parts.put(key, known);
    }
    if (problems != null) {
      known.problems.forEach(problem -> report(place, problem, problems));
    }
    @SuppressWarnings("unchecked") // a key is asked for with one parser
    Optional<T> value = Optional.ofNullable((T) known.value);
    return value;
  }

  private <T> Part<?> part(Key key, List<Path> files, Object dependency, Parser<T> parser) {
    Part<?> before = earlier.map(parts -> parts.parts.get(key)).orElse(null);
    Part<?> same =
        before != null && before.value != null && before.dependency.equals(dependency)
            ? before
            : null;
    if (same != null && (held.contains(key) || same.looksUnchanged())) {
      return same;
    }
    FileContents contents = FileContents.read(files, clock);
    try {
      if (same != null && FileContents.changed(same.marks, contents.marks()).isEmpty()) {
        same.marks = contents.marks();
        return same;
      }
      if (same != null && isBeingWritten(contents)) {
        return same;
      }
      if (problems != null && before != null && before.isLacking(contents, dependency)) {
        return before.tolerated();
      }
      return parsed(key, before, contents, dependency, parser);
    } finally {
      contents.wipe();
    }
  }

  private boolean isBeingWritten(FileContents contents) {
    Instant written = contents.lastWritten();
    Instant now = clock.instant();
    // One from the future is of another machine's clock and tells nothing.
    return !settling.isZero() && !written.isAfter(now) && written.plus(settling).isAfter(now);
  }

  private <T> Part<?> parsed(
      Key key,
      @Nullable Part<?> before,
      FileContents contents,
      Object dependency,
      Parser<T> parser) {
    Problems found = new Problems("");
    Optional<T> value = parser.parse(contents, found);
    T usable = found.hasErrors() ? null : value.orElse(null);
    Part<T> part = new Part<>(usable, dependency, contents.marks(), found.all());
    if (problems != null) {
      return part;
    }
    Change change = Change.of(key, before == null ? Map.of() : before.marks, part);
    (usable == null ? refused : renewed).put(key, change);
    return usable == null && before != null && before.dependency.equals(dependency) ? before : part;
  }

  /** Says each thing once, although several listeners may ask for the same part. */
  private void report(String place, Problem problem, Problems into) {
    String path = place.isEmpty() ? problem.path() : place + "." + problem.path();
    if (!said.add(path + " " + problem.file() + problem.line() + " " + problem.found())) {
      return;
    }
    if (!problem.file().isEmpty()) {
      into.add(problem);
      return;
    }
    switch (problem.severity()) {
      case ERROR -> into.error(path, problem.found(), problem.expected());
      case WARNING -> into.warning(path, problem.found(), problem.expected());
    }
  }

  /** All parts are there: lets go of the earlier ones. */
  public void filled() {
    earlier = Optional.empty();
  }

  /** Whether no file looks changed; false also where a part waits for better content. Blocking. */
  public boolean looksUnchanged() {
    return parts.values().stream().allMatch(part -> part.value != null && part.looksUnchanged());
  }

  /** What has been read anew, in a renewal. */
  public List<Change> renewed() {
    return List.copyOf(renewed.values());
  }

  /** What could not be used and was left as it was, in a renewal. */
  public List<Change> refused() {
    return List.copyOf(refused.values());
  }

  /** Parts that no longer do what they are for although their files are the same. */
  public List<Change> troubles(Instant now) {
    List<Change> troubles = new ArrayList<>();
    parts.forEach(
        (key, part) -> {
          if (part.value instanceof Aging aging) {
            aging.trouble(now).ifPresent(problem -> troubles.add(Change.of(key, part, problem)));
          }
        });
    return troubles;
  }

  /**
   * What a part is known by.
   *
   * @param name for people
   * @param settings all that decides how it is read
   */
  public record Key(FileKind kind, String name, Object settings) {}

  /** Makes a part of what its files hold. */
  public interface Parser<T> {
    /**
     * Makes it; everything that is kept must be a copy.
     *
     * @return empty where the problems got an error
     */
    Optional<T> parse(FileContents contents, Problems problems);
  }

  /** A part whose use ends with time. */
  public interface Aging {
    /** What is wrong with it by now. */
    Optional<Problem> trouble(Instant now);
  }

  /**
   * New content of a part, or trouble with the old one.
   *
   * @param content by which the same content is recognised
   */
  public record Change(
      Key key, FileKind kind, String name, String content, List<Problem> problems) {

    private static Change of(Key key, Map<Path, FileMark> before, Part<?> part) {
      List<Path> changed = FileContents.changed(before, part.marks);
      FileKind kind = key.kind();
      String name = key.name();
      Path first = part.marks.keySet().stream().findFirst().orElse(null);
      if (kind == FileKind.CLIENT_CA && !changed.isEmpty() && !changed.contains(first)) {
        kind = FileKind.CRL;
        name = changed.stream().map(Path::toString).collect(Collectors.joining(", "));
      }
      return new Change(key, kind, name, contentOf(part), part.problems);
    }

    private static Change of(Key key, Part<?> part, Problem trouble) {
      FileKind kind = key.kind() == FileKind.CLIENT_CA ? FileKind.CRL : key.kind();
      String content = contentOf(part) + trouble.found();
      return new Change(key, kind, key.name(), content, List.of(trouble));
    }

    private static String contentOf(Part<?> part) {
      return part.marks.values().stream().map(FileMark::digest).collect(Collectors.joining(" "))
          + Objects.hashCode(part.dependency);
    }
  }

  /** A part with what it was made of. */
  private static final class Part<T> {
    private final @Nullable T value;
    private final Object dependency;
    private final List<Problem> problems;

    /** Newer ones of the same content take the place of older ones. */
    private volatile Map<Path, FileMark> marks;

    Part(@Nullable T value, Object dependency, Map<Path, FileMark> marks, List<Problem> problems) {
      this.value = value;
      this.dependency = dependency;
      this.marks = marks;
      this.problems = problems;
    }

    /** Whether the document in force goes without it already, for the same content. */
    boolean isLacking(FileContents contents, Object wanted) {
      return value == null
          && dependency.equals(wanted)
          && FileContents.changed(marks, contents.marks()).isEmpty();
    }

    /** With warnings alone: what is in force is no reason to refuse another document. */
    Part<T> tolerated() {
      List<Problem> warnings =
          problems.stream()
              .map(
                  one ->
                      new Problem(
                          Problem.Severity.WARNING,
                          one.file(),
                          one.line(),
                          one.column(),
                          one.path(),
                          one.found(),
                          one.expected()))
              .toList();
      return new Part<>(value, dependency, marks, warnings);
    }

    boolean looksUnchanged() {
      return marks.entrySet().stream()
          .allMatch(mark -> mark.getValue().isOf(FileStamp.of(mark.getKey())));
    }
  }
}
