package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DurationHistogramTest {

  private final DurationHistogram histogram = new DurationHistogram(new double[] {0.001, 0.01}, 2);

  @Test
  void record_onABound_belongsToIt() {
    histogram.record(TimeUnit.MILLISECONDS.toNanos(1));

    assertThat(histogram.cumulative()).containsExactly(1, 1, 1);
  }

  @Test
  void record_justAboveABound_belongsToTheNext() {
    histogram.record(TimeUnit.MILLISECONDS.toNanos(1) + 1);

    assertThat(histogram.cumulative()).containsExactly(0, 1, 1);
  }

  @Test
  void record_aboveAllBounds_isCountedAllTheSame() {
    histogram.record(TimeUnit.SECONDS.toNanos(3));

    assertThat(histogram.cumulative()).containsExactly(0, 0, 1);
    assertThat(histogram.sumSeconds()).isEqualTo(3);
  }

  @Test
  void bounds_ofTheProduct_areThoseOfTheMetricsPage() {
    assertThat(DurationHistogram.SHORT_SECONDS)
        .containsExactly(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10);
    assertThat(DurationHistogram.LONG_SECONDS).hasSize(10).startsWith(0.1).endsWith(86_400);
  }
}
