package io.steelyard.admin;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The two forms in which documents travel. */
enum Media {
  JSON("application/json", List.of("application/json")),
  YAML(
      "application/yaml",
      List.of("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"));

  /** Nobody sensible lists more; the rest of a longer list is not looked at. */
  private static final int MAX_RANGES = 32;

  private final String type;
  private final List<String> names;

  Media(String type, List<String> names) {
    this.type = type;
    this.names = names;
  }

  /** As answers name it. */
  String type() {
    return type;
  }

  /** The one that a {@code Content-Type} names; only UTF-8 is understood. */
  static Optional<Media> ofContent(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    String[] parts = header.toLowerCase(Locale.ROOT).split(";", -1);
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
        return Optional.empty();
      }
    }
    for (Media media : values()) {
      if (media.names.contains(parts[0].strip())) {
        return Optional.of(media);
      }
    }
    return Optional.empty();
  }

  /**
   * The best of those offered for an {@code Accept} header: RFC 9110 §12.5.1. Where it likes two
   * alike, the one offered first.
   */
  static Optional<Media> accepted(@Nullable String header, List<Media> offered) {
    if (header == null || header.isBlank()) {
      return Optional.of(offered.getFirst());
    }
    Optional<Media> best = Optional.empty();
    double bestQuality = 0;
    for (Media media : offered) {
      double quality = quality(header, media);
      if (quality > bestQuality) {
        best = Optional.of(media);
        bestQuality = quality;
      }
    }
    return best;
  }

  /** The most specific range that fits decides. */
  private static double quality(String header, Media media) {
    int bestRank = -1;
    double quality = 0;
    String[] ranges = header.toLowerCase(Locale.ROOT).split(",", MAX_RANGES + 1);
    for (int i = 0; i < Math.min(ranges.length, MAX_RANGES); i++) {
      String[] parts = ranges[i].split(";");
      int rank = rank(parts.length == 0 ? "" : parts[0].strip(), media);
      if (rank > bestRank) {
        bestRank = rank;
        quality = quality(parts);
      }
    }
    return quality;
  }

  private static int rank(String range, Media media) {
    if (media.names.contains(range)) {
      return 2;
    }
    boolean family =
        range.endsWith("/*")
            && media.names.stream()
                .anyMatch(name -> name.startsWith(range.substring(0, range.length() - 1)));
    return family ? 1 : range.equals("*/*") ? 0 : -1;
  }

  private static double quality(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.startsWith("q=")) {
        try {
          return Double.parseDouble(parameter.substring(2));
        } catch (NumberFormatException notANumber) {
          return 0;
        }
      }
    }
    return 1;
  }
}
