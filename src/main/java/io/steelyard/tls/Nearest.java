package io.steelyard.tls;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the known name that a mistyped one was probably meant to be. */
final class Nearest {

  private Nearest() {}

  /** The {@code expected} of a problem: the nearest known name. */
  static String expected(String found, List<String> known) {
    String lower = found.toLowerCase(Locale.ROOT);
    String nearest =
        known.stream()
            .min(Comparator.comparingInt(name -> distance(lower, name.toLowerCase(Locale.ROOT))))
            .orElseThrow();
    return "a known name, the nearest is " + nearest;
  }

  /** Levenshtein, one row at a time. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[right.length()];
  }
}
