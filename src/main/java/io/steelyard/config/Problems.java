package io.steelyard.config;

import io.steelyard.config.Problem.Severity;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects every problem and warning of one document, whatever found it. Parts that check a document later than the
 * reader (certificates, trust anchors, access lists, policies) name the path, and the place is looked up here. Not
 * thread-safe; one per reading.
 */
public final class Problems {

  private final String file;
  private final Places places;
  private final List<Problem> list = new ArrayList<>();

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
    add(Severity.ERROR, path, found, expected);
  }

  /** Adds a warning. */
  public void warning(String path, String found, String expected) {
    add(Severity.WARNING, path, found, expected);
  }

  /** Adds one that already has its place. */
  public void add(Problem problem) {
    list.add(problem);
  }

  private void add(Severity severity, String path, String found, String expected) {
    Place place = places.of(path);
    list.add(new Problem(severity, file, place.line(), place.column(), path, found, expected));
  }

  /** Whether anything is an error. */
  public boolean hasErrors() {
    return list.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  /** All, in the order they were found. */
  public List<Problem> all() {
    return List.copyOf(list);
  }

  /** Where a path of the document stands; the nearest enclosing one that is written where it is not itself. */
  public interface Places {
    Place of(String path);
  }

  /** 1-based; 0 and 0 where unknown. */
  public record Place(int line, int column) {}
}
