package io.steelyard.admin;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller of the API may do; each role may do all that the ones before it may. */
public enum Role {
  /** Looks at everything, changes nothing and tries nothing out. */
  VIEWER,
  /** Changes things, and tries documents out. */
  OPERATOR;

  /** As the tokens file and the log spell it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of that name. */
  public static Optional<Role> named(String label) {
    return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
  }

  boolean includes(Role needed) {
    return compareTo(needed) >= 0;
  }
}
