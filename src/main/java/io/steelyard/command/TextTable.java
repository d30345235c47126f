package io.steelyard.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of words under heads, in columns as wide as they need to be. */
final class TextTable {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... heads) {
    row(heads);
  }

  TextTable row(String... cells) {
    rows.add(Arrays.stream(cells).map(TextTable::harmless).toList());
    return this;
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  /** What comes from elsewhere must not steer the terminal. */
  static String harmless(String text) {
    return text.replaceAll("\\p{C}", "?");
  }

  List<String> lines() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length())).append(GAP);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
