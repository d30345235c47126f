package io.steelyard.config;

import io.steelyard.config.Problems.Place;
import java.util.List;
import java.util.Map;

/** What stands in the text of a document, with its places, before it means anything. Immutable. */
sealed interface Node {

  /** Where it begins. */
  Place place();

  /** How many nodes it is, those within included and aliases counted wherever they are used. */
  int size();

  /**
   * One value.
   *
   * @param written as it stands in the text, environment variables not expanded: the form that may
   *     be shown
   * @param text expanded
   * @param refused what is wrong with its {@code ${…}}; empty where nothing is
   * @param absent whether it is an unquoted null
   * @param plain whether it stands there without quotes: may be a number or a flag, not only text
   */
  record Scalar(
      Place place, String written, String text, String refused, boolean absent, boolean plain)
      implements Node {
    @Override
    public int size() {
      return 1;
    }
  }

  /** A list. */
  record Sequence(Place place, List<Node> items, int size) implements Node {}

  /**
   * Keys and values.
   *
   * @param entries by key, the first of each
   * @param repeated further entries of the same keys
   */
  record Mapping(Place place, Map<String, Entry> entries, List<Entry> repeated, int size)
      implements Node {}

  /** One key with its value. */
  record Entry(Place keyPlace, String key, Node value) {

    /**
     * Where a reader looks: at a value that stands beside its key, at the key of one that stands
     * below.
     */
    Place place() {
      return value.place().line() == keyPlace.line() ? value.place() : keyPlace;
    }
  }
}
