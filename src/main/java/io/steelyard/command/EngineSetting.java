package io.steelyard.command;

import io.steelyard.tls.TlsEngine;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The process setting {@code steelyard.tls-engine}: its words, and what commands make of it. */
public final class EngineSetting {

  private static final String NAME = "steelyard.tls-engine";

  private EngineSetting() {}

  /**
   * For commands, before there is a configuration: the engine that the environment or -D asks for.
   */
  static Optional<TlsEngine> inUse(Terminal terminal) {
    String asked =
        Optional.ofNullable(System.getProperty(NAME))
            .or(() -> Optional.ofNullable(System.getenv("STEELYARD_TLS_ENGINE")))
            .orElse(word(TlsEngine.BORINGSSL));
    Optional<TlsEngine> engine = engine(asked);
    if (engine.isEmpty()) {
      terminal.err().println("steelyard: " + NAME + ": " + asked + " (expected: " + words() + ")");
      return engine;
    }
    String missing = engine.get().unavailable();
    if (!missing.isEmpty()) {
      terminal.err().println("steelyard: " + missing(engine.get(), missing));
      return Optional.empty();
    }
    return engine;
  }

  /** Words for an engine that was asked for and cannot be had. */
  public static String missing(TlsEngine engine, String reason) {
    return "TLS engine " + word(engine) + " cannot be used: " + reason;
  }

  /** The engine that the setting's value names; empty where it names none. */
  public static Optional<TlsEngine> engine(String text) {
    return Arrays.stream(TlsEngine.values())
        .filter(engine -> word(engine).equals(text.strip().toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  /** As settings spell it. */
  public static String word(TlsEngine engine) {
    return engine.name().toLowerCase(Locale.ROOT);
  }

  /** All that the setting takes, for people. */
  public static String words() {
    return Arrays.stream(TlsEngine.values())
        .map(EngineSetting::word)
        .collect(Collectors.joining(" or "));
  }
}
