package io.steelyard.bench;

/**
 * What Steelyard has to reach in a row.
 *
 * @param measure of what
 * @param relative whether the figure is a share of the best peer's in the same round
 * @param figure at most
 */
record Goal(Measure measure, boolean relative, double figure) {

  static Goal ofBestPeer(Measure measure, double figure) {
    return new Goal(measure, true, figure);
  }

  static Goal atMost(Measure measure, double figure) {
    return new Goal(measure, false, figure);
  }

  String text() {
    return relative
        ? "%s ≤ %.2f × best peer".formatted(measure.label(), figure)
        : "%s ≤ %s".formatted(measure.label(), Figures.text(figure));
  }
}
