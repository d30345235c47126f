package io.steelyard.control;

import java.util.Locale;

/** What became of a change. */
public enum Outcome {
  /** In force. */
  APPLIED,
  /** The text is the one in force already: nothing was done, no revision was made. */
  UNCHANGED,
  /** Nothing was changed: the problems say why. */
  REFUSED,
  /** Nothing was changed: the document in force is not the one that the change was made for. */
  CONFLICT,
  /** It would have been applied; nothing was changed because only that was asked. */
  WOULD_APPLY;

  /** As the API spells it: {@code applied}, {@code would-apply}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
