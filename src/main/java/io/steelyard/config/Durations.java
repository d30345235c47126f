package io.steelyard.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans of time as documents write them: {@code 100ms 0.5s 5s 2m 1h 1d PT5S} or plain seconds. */
public final class Durations {

  private static final Pattern SIMPLE =
      Pattern.compile("(?<amount>[0-9]{1,9}(?:\\.[0-9]{1,9})?)(?<unit>ms|s|m|h|d)?");
  private static final int MAX_ISO_LENGTH = 40;

  private Durations() {}

  /** The span, or empty where it is none; not checked against any range. */
  public static Optional<Duration> parse(String text) {
    Matcher simple = SIMPLE.matcher(text);
    if (!simple.matches()) {
      return iso(text);
    }
    BigDecimal nanos =
        new BigDecimal(simple.group("amount")).multiply(unitNanos(simple.group("unit")));
    // 999,999,999 days do not fit into nanoseconds of a long; no range of ours comes near.
    return nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(nanos.longValue()));
  }

  private static Optional<Duration> iso(String text) {
    if (!text.startsWith("P") || text.length() > MAX_ISO_LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.of(Duration.parse(text));
    } catch (DateTimeParseException notADuration) {
      return Optional.empty();
    }
  }

  private static BigDecimal unitNanos(String unit) {
    Duration one =
        switch (unit == null ? "s" : unit) {
          case "ms" -> Duration.ofMillis(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          case "d" -> Duration.ofDays(1);
          default -> Duration.ofSeconds(1);
        };
    return BigDecimal.valueOf(one.toNanos());
  }

  /** As a document would write it: {@code 900s}, {@code 100ms}. */
  public static String text(Duration duration) {
    return duration.toNanosPart() == 0
        ? duration.toSeconds() + "s"
        : BigDecimal.valueOf(duration.toNanos(), 6).stripTrailingZeros().toPlainString() + "ms";
  }

  /** Share of a whole, {@code 10%} or {@code 0.1}, 0 to 1. */
  public static Optional<Double> share(String text) {
    if (!text.toLowerCase(Locale.ROOT).matches("[0-9]{1,3}(\\.[0-9]{1,9})?%?")) {
      return Optional.empty();
    }
    boolean percent = text.endsWith("%");
    double value = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
    return Optional.of(percent ? value / 100 : value).filter(share -> share <= 1);
  }
}
