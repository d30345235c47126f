package io.steelyard.config;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Expands {@code ${NAME}} and {@code ${NAME:default}} in values. What a variable held never gets
 * into a problem: it may be a secret.
 */
final class Environment {

  /**
   * All expansions of one document together, so that many references to a long variable stay
   * bounded.
   */
  static final int MAX_EXPANDED = 4 << 20;

  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*+)(?<default>:[^}]*+)?\\}");

  private final UnaryOperator<@Nullable String> variables;
  private long expanded;

  /** Variables by name; null = not set. */
  Environment(UnaryOperator<@Nullable String> variables) {
    this.variables = variables;
  }

  Expansion expand(String written) {
    int start = written.indexOf("${");
    if (start < 0) {
      return new Expansion(written, "");
    }
    StringBuilder text = new StringBuilder(written.length());
    Matcher reference = REFERENCE.matcher(written);
    int copied = 0;
    for (; start >= 0; start = written.indexOf("${", copied)) {
      text.append(written, copied, start);
      if (!reference.region(start, written.length()).lookingAt()) {
        return new Expansion("", ": not an environment variable");
      }
      String value = variables.apply(reference.group("name"));
      String fallback = reference.group("default");
      if (value == null && fallback == null) {
        return new Expansion("", ": " + reference.group("name") + " is not set");
      }
      text.append(value != null ? value : fallback.substring(1));
      copied = reference.end();
    }
    text.append(written, copied, written.length());
    expanded += text.length();
    if (expanded > MAX_EXPANDED) {
      return new Expansion("", ": environment variables expand to more than " + MAX_EXPANDED);
    }
    return new Expansion(text.toString(), "");
  }

  /**
   * A value after expansion.
   *
   * @param refused what is wrong; empty where nothing is
   */
  record Expansion(String text, String refused) {}
}
