package io.steelyard.control;

import io.steelyard.config.FileParts.Change;
import io.steelyard.config.FileParts.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Remembers what could not be renewed, so that each content is told once and forgotten when it is
 * repaired. Updated by one thread; read by any.
 */
final class RenewalFailures {

  private static final Logger LOG = Logger.getLogger(Renewals.class);

  private final long stableNanos;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<Key, Seen> seen = new HashMap<>();
  private final Map<Key, RenewalFailure> refusals = new HashMap<>();
  private final Map<Key, Trouble> troubles = new HashMap<>();
  private volatile List<RenewalFailure> failures = List.of();

  RenewalFailures(Duration stable, InstantSource clock, LongSupplier nanoTime) {
    this.stableNanos = stable.toNanos();
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Whether this same content was refused by the last check. */
  boolean isKnown(Change change) {
    Seen before = seen.get(change.key());
    return before != null && before.content.equals(change.content());
  }

  /**
   * Takes in what a check has found.
   *
   * @param refused new content that cannot be used
   * @param troubled old content whose time is over
   */
  void update(List<Change> refused, List<Change> troubled, RenewalObserver observer) {
    Set<Key> still =
        refused.stream().map(Change::key).collect(Collectors.toCollection(HashSet::new));
    seen.keySet().retainAll(still);
    refusals.keySet().retainAll(still);
    refused.forEach(change -> refused(change, observer));
    troubles.keySet().retainAll(troubled.stream().map(Change::key).toList());
    troubled.forEach(change -> troubled(change, observer));
    List<RenewalFailure> all = new ArrayList<>(refusals.values());
    troubles.values().forEach(trouble -> all.add(trouble.failure));
    failures = List.copyOf(all);
  }

  private void refused(Change change, RenewalObserver observer) {
    Seen known = seen.get(change.key());
    if (known == null || !known.content.equals(change.content())) {
      seen.put(change.key(), new Seen(change.content(), nanoTime.getAsLong()));
      return;
    }
    if (!known.told && nanoTime.getAsLong() - known.sinceNanos >= stableNanos) {
      known.told = true;
      refusals.put(change.key(), tell(change, observer));
    }
  }

  private void troubled(Change change, RenewalObserver observer) {
    Trouble known = troubles.get(change.key());
    if (known == null || !known.content.equals(change.content())) {
      troubles.put(change.key(), new Trouble(change.content(), tell(change, observer)));
    }
  }

  private RenewalFailure tell(Change change, RenewalObserver observer) {
    String kind = change.kind().text();
    String text = Renewals.text(change.problems());
    LOG.warnf("not renewed kind=%s name=\"%s\": %s", kind, change.name(), text);
    observer.renewed(kind, change.name(), false, change.problems());
    return new RenewalFailure(kind, change.name(), clock.instant(), text);
  }

  List<RenewalFailure> failures() {
    return failures;
  }

  /** Content that has been refused since then. */
  private static final class Seen {
    private final String content;
    private final long sinceNanos;
    private boolean told;

    Seen(String content, long sinceNanos) {
      this.content = content;
      this.sinceNanos = sinceNanos;
    }
  }

  /** What is in force and no longer does what it is for. */
  private record Trouble(String content, RenewalFailure failure) {}
}
