package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans of time and shares as documents write them. */
class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "100ms, PT0.1S",
    "0.5s, PT0.5S",
    "5s, PT5S",
    "2m, PT2M",
    "1h, PT1H",
    "1d, PT24H",
    "PT5S, PT5S",
    "90, PT1M30S",
    "0, PT0S",
    "1.5, PT1.5S",
    "0.1ms, PT0.0001S"
  })
  void parse_span_isRead(String text, Duration duration) {
    assertThat(Durations.parse(text)).contains(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s",
        "-1s",
        "1 s",
        "1S",
        "1w",
        ".5s",
        "5.",
        "1e3",
        "+1",
        "1s1s",
        "P",
        "PT",
        "999999999d",
        "9999999999",
        "0x10",
        "٣s",
        "PT99999999999999999999S"
      })
  void parse_anythingElse_isAbsent(String text) {
    assertThat(Durations.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"PT15M, 900s", "PT0.1S, 100ms", "PT5.001S, 5001ms", "PT0S, 0s", "PT0.0001S, 0.1ms"})
  void text_span_canBeReadAgain(Duration duration, String text) {
    assertThat(Durations.text(duration)).isEqualTo(text);
    assertThat(Durations.parse(text)).contains(duration);
  }

  @ParameterizedTest
  @CsvSource({"10%, 0.1", "0.1, 0.1", "0, 0", "1, 1", "100%, 1", "12.5%, 0.125"})
  void share_ofAWhole_isRead(String text, double share) {
    assertThat(Durations.share(text)).contains(share);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "-1%", "101%", "1.1", "10 %", "NaN"})
  void share_anythingElse_isAbsent(String text) {
    assertThat(Durations.share(text)).isEmpty();
  }
}
