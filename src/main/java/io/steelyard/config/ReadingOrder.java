package io.steelyard.config;

import java.util.Comparator;

/**
 * Problems as a reader meets them: those of the document by place, then those of its files, then
 * the placeless.
 */
record ReadingOrder(String document) implements Comparator<Problem> {

  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparing(Problem::file)
          .thenComparingInt(Problem::line)
          .thenComparingInt(Problem::column);

  @Override
  public int compare(Problem one, Problem other) {
    int byRank = Integer.compare(rank(one), rank(other));
    return byRank != 0 ? byRank : BY_PLACE.compare(one, other);
  }

  private int rank(Problem problem) {
    if (problem.line() == 0) {
      return 2;
    }
    return problem.file().equals(document) ? 0 : 1;
  }
}
