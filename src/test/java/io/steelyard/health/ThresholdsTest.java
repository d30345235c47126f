package io.steelyard.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.ProbeHealth;
import io.steelyard.backend.ProbeHealth.ProbeResult;
import io.steelyard.backend.ProbeHealth.Verdict;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThresholdsTest {

  private static final Instant BEGIN = Instant.parse("2030-01-01T00:00:00Z");
  private static final ProbeHealth STARTING =
      new ProbeHealth(Verdict.STARTING, "none", "", BEGIN, List.of());

  private int probes;

  @Test
  void after_firstResult_decidesAtOnce() {
    Thresholds thresholds = new Thresholds(3, 3);
    assertThat(after(thresholds, STARTING, "S").verdict()).isEqualTo(Verdict.UP);
    assertThat(after(thresholds, STARTING, "F").verdict()).isEqualTo(Verdict.DOWN);
  }

  @Test
  void after_failuresInARow_goesDownAtTheThreshold() {
    Thresholds thresholds = new Thresholds(3, 2);
    ProbeHealth up = after(thresholds, STARTING, "S");
    assertThat(after(thresholds, up, "FF").verdict()).isEqualTo(Verdict.UP);
    assertThat(after(thresholds, up, "FFSFF").verdict()).isEqualTo(Verdict.UP);
    assertThat(after(thresholds, up, "FFSFFF").verdict()).isEqualTo(Verdict.DOWN);
  }

  @Test
  void after_successesInARow_comesUpAtTheThreshold() {
    Thresholds thresholds = new Thresholds(3, 2);
    ProbeHealth down = after(thresholds, STARTING, "F");
    assertThat(after(thresholds, down, "SFS").verdict()).isEqualTo(Verdict.DOWN);
    assertThat(after(thresholds, down, "SFSS").verdict()).isEqualTo(Verdict.UP);
  }

  @Test
  void after_thresholdsOfTen_areReached() {
    Thresholds thresholds = new Thresholds(10, 10);
    ProbeHealth up = after(thresholds, STARTING, "S");
    assertThat(after(thresholds, up, "F".repeat(9)).verdict()).isEqualTo(Verdict.UP);
    ProbeHealth down = after(thresholds, up, "F".repeat(10));
    assertThat(down.verdict()).isEqualTo(Verdict.DOWN);
    assertThat(after(thresholds, down, "S".repeat(9)).verdict()).isEqualTo(Verdict.DOWN);
    assertThat(after(thresholds, down, "S".repeat(10)).verdict()).isEqualTo(Verdict.UP);
  }

  @Test
  void after_flip_sinceIsTheDecidingResultsTime() {
    ProbeHealth down = after(new Thresholds(2, 2), STARTING, "SFFFS");
    assertThat(down.verdict()).isEqualTo(Verdict.DOWN);
    assertThat(down.since()).isEqualTo(BEGIN.plusSeconds(3));
  }

  @Test
  void after_resultAgainstTheVerdict_keepsItsReason() {
    ProbeHealth down = after(new Thresholds(3, 3), STARTING, "FFS");
    assertThat(down.reason()).isEqualTo("refused");
    assertThat(down.text()).isEqualTo("probe 2");
  }

  @Test
  void after_manyResults_keepsTheLastTenNewestFirst() {
    ProbeHealth health = after(new Thresholds(3, 3), STARTING, "S".repeat(12));
    assertThat(health.lastResults())
        .extracting(ProbeResult::text)
        .containsExactly(
            "probe 12",
            "probe 11",
            "probe 10",
            "probe 9",
            "probe 8",
            "probe 7",
            "probe 6",
            "probe 5",
            "probe 4",
            "probe 3");
  }

  private ProbeHealth after(Thresholds thresholds, ProbeHealth before, String results) {
    ProbeHealth health = before;
    for (char result : results.toCharArray()) {
      probes++;
      boolean success = result == 'S';
      health =
          thresholds.after(
              health,
              new ProbeResult(
                  BEGIN.plusSeconds(probes),
                  success,
                  success ? "ok" : "refused",
                  "probe " + probes,
                  1));
    }
    return health;
  }
}
