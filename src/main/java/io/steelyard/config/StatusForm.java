package io.steelyard.config;

import io.steelyard.config.HealthCheckConfig.StatusRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Status codes that a probe may meet: {@code 200}, {@code 200-399}, {@code 2xx}, and several
 * between commas.
 */
final class StatusForm {

  static final Form<List<StatusRange>> RANGES =
      Forms.of("codes of 100..599, such as 200, 200-399 or 2xx", StatusForm::parse);

  private static final Pattern CLASS = Pattern.compile("([1-5])[xX]{2}");
  private static final Pattern CODES = Pattern.compile("([1-5][0-9]{2})(?: *- *([1-5][0-9]{2}))?");
  private static final int MAX_LENGTH = 1000;

  private StatusForm() {}

  private static Optional<List<StatusRange>> parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    List<StatusRange> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Optional<StatusRange> range = range(part.strip());
      if (range.isEmpty()) {
        return Optional.empty();
      }
      ranges.add(range.get());
    }
    return Optional.of(ranges);
  }

  private static Optional<StatusRange> range(String text) {
    Matcher whole = CLASS.matcher(text);
    if (whole.matches()) {
      int first = Integer.parseInt(whole.group(1)) * 100;
      return Optional.of(new StatusRange(first, first + 99));
    }
    Matcher codes = CODES.matcher(text);
    if (!codes.matches()) {
      return Optional.empty();
    }
    int first = Integer.parseInt(codes.group(1));
    int last = codes.group(2) == null ? first : Integer.parseInt(codes.group(2));
    return last < first ? Optional.empty() : Optional.of(new StatusRange(first, last));
  }
}
