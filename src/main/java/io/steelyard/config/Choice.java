package io.steelyard.config;

import io.steelyard.config.Form.Answer.Accepted;
import io.steelyard.config.Form.Answer.Refused;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * One of a few words, each an enum constant in kebab-case. Knows words that a later version will
 * accept, words that will never be, and other spellings.
 */
final class Choice<E extends Enum<E>> implements Form<E> {

  static final String NOT_YET = " is not available yet";

  private final Map<String, E> words = new LinkedHashMap<>();
  private final Map<String, E> spellings = new HashMap<>();
  private final Map<String, Refused<E>> refused = new HashMap<>();
  private boolean anyCase;

  private Choice(Class<E> type, Function<E, String> word) {
    for (E constant : type.getEnumConstants()) {
      words.put(word.apply(constant), constant);
    }
  }

  static <E extends Enum<E>> Choice<E> of(Class<E> type) {
    return new Choice<>(type, Choice::word);
  }

  /** Written as the constants are, but taken in any case. */
  static <E extends Enum<E>> Choice<E> ofCapitals(Class<E> type) {
    Choice<E> choice = new Choice<>(type, Enum::name);
    for (E constant : type.getEnumConstants()) {
      choice.spelled(word(constant), constant);
    }
    return choice.anyCase();
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Upper and lower case alike. */
  Choice<E> anyCase() {
    anyCase = true;
    return this;
  }

  Choice<E> spelled(String spelling, E constant) {
    spellings.put(spelling, constant);
    return this;
  }

  Choice<E> notYet(String... later) {
    for (String word : later) {
      refused.put(word, new Refused<>(NOT_YET, expected()));
    }
    return this;
  }

  Choice<E> notOffered(String word, String instead) {
    refused.put(word, new Refused<>(" is not offered", instead));
    return this;
  }

  @Override
  public String expected() {
    return oneOf(List.copyOf(words.keySet()));
  }

  @Override
  public Answer<E> read(String text) {
    String word = anyCase ? text.toLowerCase(Locale.ROOT) : text;
    E constant = words.getOrDefault(word, spellings.get(word));
    if (constant != null) {
      return new Accepted<>(constant);
    }
    Refused<E> known = refused.get(word);
    return known != null ? known : new Refused<>("", expected());
  }

  /** {@code a, b or c}. */
  static String oneOf(List<String> words) {
    int last = words.size() - 1;
    return last <= 0
        ? String.join("", words)
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }
}
