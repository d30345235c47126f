package io.steelyard.tls;

import io.steelyard.config.FileParts;
import io.steelyard.config.Problem;
import java.time.Instant;
import java.util.Optional;

/** An OCSP response that is sent along with its certificate. Immutable. */
final class Staple implements FileParts.Aging {

  private final byte[] response;
  private final String problem;
  private final Instant thisUpdate;
  private final Optional<Instant> nextUpdate;
  private final String place;

  /**
   * A response that fits its certificate.
   *
   * @param response DER
   * @param problem why it must not be shown although it fits, or the empty string
   * @param place in the document
   */
  Staple(
      byte[] response,
      String problem,
      Instant thisUpdate,
      Optional<Instant> nextUpdate,
      String place) {
    this.response = response.clone();
    this.problem = problem;
    this.thisUpdate = thisUpdate;
    this.nextUpdate = nextUpdate;
    this.place = place;
  }

  byte[] response() {
    return response.clone();
  }

  /** Whether clients would take it: it says that the certificate is good, and says so now. */
  boolean isShown(Instant now) {
    return trouble(now).isEmpty();
  }

  @Override
  public Optional<Problem> trouble(Instant now) {
    return words(now)
        .map(
            found ->
                new Problem(
                    Problem.Severity.WARNING,
                    "",
                    0,
                    0,
                    place,
                    found + ": not stapled",
                    "a current response that says good"));
  }

  private Optional<String> words(Instant now) {
    if (!problem.isEmpty()) {
      return Optional.of(problem);
    }
    if (nextUpdate.isPresent() && !now.isBefore(nextUpdate.get())) {
      return Optional.of("an OCSP response that went stale on " + nextUpdate.get());
    }
    if (now.isBefore(thisUpdate)) {
      return Optional.of("an OCSP response not valid before " + thisUpdate);
    }
    return Optional.empty();
  }

  /** Never null; for people. */
  @Override
  public String toString() {
    return "OCSP response of " + thisUpdate;
  }
}
