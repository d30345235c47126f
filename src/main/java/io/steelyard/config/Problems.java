package io.steelyard.config;

import io.steelyard.config.Problem.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Collects every problem and warning of one document, whatever found it. Parts that check a
 * document later than the reader (certificates, trust anchors, access lists, policies) name the
 * path, and the place is looked up here. Not thread-safe; one per reading.
 */
public final class Problems {

  /** Nobody reads more, and a hostile document must not fill the memory with them. */
  static final int MAX_PROBLEMS = 1000;

  private final String file;
  private final Places places;
  private final List<Problem> list = new ArrayList<>();
  private final TreeSet<String> refusedPaths = new TreeSet<>();
  private boolean errors;

  /** Problems of the document with that file name, with no places known. */
  public Problems(String file) {
    this(file, path -> new Place(0, 0));
  }

  /** Problems of the document with that file name. */
  public Problems(String file, Places places) {
    this.file = file;
    this.places = places;
  }

  /** Adds an error at a path such as {@code listeners[web].tls.certificates[0]}. */
  public void error(String path, String found, String expected) {
    error(places.of(path), path, found, expected);
  }

  /** Adds a warning. */
  public void warning(String path, String found, String expected) {
    warning(places.of(path), path, found, expected);
  }

  void error(Place place, String path, String found, String expected) {
    add(Severity.ERROR, place, path, found, expected);
  }

  void warning(Place place, String path, String found, String expected) {
    add(Severity.WARNING, place, path, found, expected);
  }

  private void add(Severity severity, Place place, String path, String found, String expected) {
    add(new Problem(severity, file, place.line(), place.column(), path, found, expected));
  }

  /**
   * Adds one that already has its place. From the 1000th on only the fact that there are more is
   * kept.
   */
  public void add(Problem problem) {
    errors |= problem.severity() == Severity.ERROR;
    if (list.size() < MAX_PROBLEMS) {
      list.add(problem);
    } else if (list.size() == MAX_PROBLEMS) {
      list.add(
          new Problem(
              problem.severity(),
              file,
              0,
              0,
              "document",
              "more than " + MAX_PROBLEMS + " problems",
              "the rest shows once these are gone"));
    } else {
      return;
    }
    if (problem.severity() == Severity.ERROR) {
      refusedPaths.add(problem.path());
    }
  }

  /** Whether anything is an error. */
  public boolean hasErrors() {
    return errors;
  }

  /**
   * Whether an error stands at the path or below it. What is built on a value asks first, so that
   * one mistake is one problem.
   */
  public boolean hasErrorAt(String path) {
    return refusedPaths.contains(path) || hasErrorUnder(path + ".") || hasErrorUnder(path + "[");
  }

  /** Whether an error stands at exactly this path. */
  boolean hasErrorHere(String path) {
    return refusedPaths.contains(path);
  }

  /** Whether an error stands at a path that begins so. */
  boolean hasErrorUnder(String prefix) {
    String next = refusedPaths.ceiling(prefix);
    return next != null && next.startsWith(prefix);
  }

  /** The document's file name, as problems show it. */
  public String file() {
    return file;
  }

  /** All, in the order they were found. */
  public List<Problem> all() {
    return List.copyOf(list);
  }

  /** All, in the order of the text; problems of other files and of no place last. */
  public List<Problem> inOrder() {
    return list.stream().sorted(new ReadingOrder(file)).toList();
  }

  /**
   * Where a path of the document stands; the nearest enclosing one that is written where it is not
   * itself.
   */
  public interface Places {
    Place of(String path);
  }

  /** 1-based; 0 and 0 where unknown. */
  public record Place(int line, int column) {}
}
