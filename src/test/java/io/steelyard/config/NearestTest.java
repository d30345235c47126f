package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What someone meant. */
class NearestTest {

  private static final List<String> KEYS =
      List.of("name", "port", "server-group", "max-connections", "idle-timeout");

  @ParameterizedTest
  @CsvSource({
    "nmae, name",
    "prot, port",
    "serverGroup, server-group",
    "server_group, server-group",
    "MaxConnections, max-connections",
    "idle-timout, idle-timeout",
    "timeout-idle,",
    "x,",
    "'',"
  })
  void to_word_isTheKeyMeant(String word, String key) {
    assertThat(Nearest.to(word, KEYS).orElse(null)).isEqualTo(key);
  }

  @Test
  void distance_edits_areCounted() {
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.distance("abc", "acb")).isEqualTo(1);
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
  }

  @Test
  void to_longWord_isNotCompared() {
    assertThat(Nearest.to("a".repeat(65), List.of("a".repeat(64)))).isEmpty();
  }
}
