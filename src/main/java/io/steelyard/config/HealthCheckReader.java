package io.steelyard.config;

import io.steelyard.config.HealthCheckConfig.Method;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.HealthCheckConfig.Type;
import java.util.List;
import java.util.OptionalInt;

/** Reads a group's {@code health-check}. */
final class HealthCheckReader {

  private static final String TYPE_KEY = "type";
  private static final int MAX_RANGES = 100;
  private static final Choice<Type> TYPE = Choice.of(Type.class).notYet("custom");
  private static final Choice<Method> METHOD = Choice.ofCapitals(Method.class);

  private HealthCheckReader() {}

  static HealthCheckConfig read(Section section) {
    HealthCheckConfig defaults = HealthCheckConfig.DEFAULT;
    HealthCheckConfig check =
        new HealthCheckConfig(
            section.value(TYPE_KEY, TYPE, defaults.type()),
            section
                .optional("port", Forms.number(1, ListenerReader.MAX_PORT))
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty),
            section.value("timeout", Forms.duration("1s", "300s"), defaults.timeout()),
            section.value("interval", Forms.duration("1s", "600s"), defaults.interval()),
            section.value(
                "unhealthy-threshold", Forms.number(1, 10), defaults.unhealthyThreshold()),
            section.value("healthy-threshold", Forms.number(1, 10), defaults.healthyThreshold()),
            section.value("method", METHOD, defaults.method()),
            section.value("path", Forms.HTTP_PATH, defaults.path()),
            section.optional("host", Forms.HTTP_HOST),
            expectStatus(section));
    for (String key : List.of("send", "expect", "send-hex", "expect-hex")) {
      section.notYet(key, "type http, https, tls or tcp");
    }
    withoutEffect(section, check.type());
    section.end();
    return check;
  }

  private static List<StatusRange> expectStatus(Section section) {
    String key = "expect-status";
    if (!section.has(key)) {
      return HealthCheckConfig.DEFAULT.expectStatus();
    }
    return section.requiredList(key, StatusForm.RANGES, MAX_RANGES).stream()
        .flatMap(List::stream)
        .toList();
  }

  private static void withoutEffect(Section section, Type type) {
    String because = "with type " + Choice.word(type);
    switch (type) {
      case NONE -> {
        section.withoutEffect(
            TYPE_KEY,
            because,
            "port",
            "timeout",
            "interval",
            "unhealthy-threshold",
            "healthy-threshold");
        section.withoutEffect(TYPE_KEY, because, "method", "path", "host", "expect-status");
      }
      case TCP, TLS ->
          section.withoutEffect(TYPE_KEY, because, "method", "path", "host", "expect-status");
      case HTTP, HTTPS -> {
        // Every key counts.
      }
    }
  }
}
