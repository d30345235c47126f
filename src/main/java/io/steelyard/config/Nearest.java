package io.steelyard.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the word someone meant. */
final class Nearest {

  /** Longer words are not typing mistakes of ours, and the distance costs length squared. */
  private static final int MAX_LENGTH = 64;

  /** Bounds the work of one look-up among many names. */
  private static final int MAX_CANDIDATES = 1000;

  private Nearest() {}

  /**
   * The nearest candidate, if at most a third of the word is wrong. Letter case and underscores
   * cost nothing.
   */
  static Optional<String> to(String word, Collection<String> candidates) {
    if (word.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String plain = plain(word);
    String nearest = "";
    int least = Math.max(1, word.length() / 3) + 1;
    int looked = 0;
    for (String candidate : candidates) {
      if (candidate.length() > MAX_LENGTH) {
        continue;
      }
      int distance = distance(plain, plain(candidate));
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
      if (++looked == MAX_CANDIDATES) {
        break;
      }
    }
    return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
  }

  private static String plain(String word) {
    StringBuilder plain = new StringBuilder(word.length() + 4);
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      // camelCase and snake_case are how other products spell the same key.
      if (c >= 'A' && c <= 'Z') {
        if (i > 0 && word.charAt(i - 1) >= 'a' && word.charAt(i - 1) <= 'z') {
          plain.append('-');
        }
        plain.append((char) (c + ('a' - 'A')));
      } else {
        plain.append(c == '_' ? '-' : c);
      }
    }
    return plain.toString();
  }

  /**
   * Damerau-Levenshtein, optimal string alignment: insertions, deletions, changes, swaps of
   * neighbours.
   */
  static int distance(String one, String other) {
    int[] beforeLast = new int[other.length() + 1];
    int[] last = new int[other.length() + 1];
    int[] current = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(Math.min(current[j - 1], last[j]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1)) {
          current[j] = Math.min(current[j], beforeLast[j - 2] + 1);
        }
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = current;
      current = spare;
    }
    return last[other.length()];
  }
}
