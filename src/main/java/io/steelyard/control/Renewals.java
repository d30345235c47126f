package io.steelyard.control;

import io.steelyard.config.FileKind;
import io.steelyard.config.FileParts;
import io.steelyard.config.FileParts.Change;
import io.steelyard.config.FileParts.Key;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.tls.TlsEngine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Notices when the files that a document names get new content, and reads them again. One check at
 * a time; {@link #failures} from any thread.
 */
public final class Renewals {

  /* A certificate and its key are two files, and a link farm changes one name after the other: what does not fit together
   * now may do so in a moment. So new content that cannot be used is looked at again with each check, and only told once
   * it has stayed the same for a while. What can be used takes effect whatever else is broken: first everything new is
   * tried together, and where that does not work (two certificates that now claim the same name) halves are tried, until
   * those are found that spoil it. */

  private static final Logger LOG = Logger.getLogger(Renewals.class);

  public static final String CERTIFICATE = FileKind.CERTIFICATE.text();
  public static final String CLIENT_CA = FileKind.CLIENT_CA.text();
  public static final String CRL = FileKind.CRL.text();
  public static final String OCSP_RESPONSE = FileKind.OCSP_RESPONSE.text();
  public static final String TICKET_KEYS = FileKind.TICKET_KEYS.text();
  public static final String BACKEND_TLS = FileKind.BACKEND_TLS.text();
  public static final String IP_GROUP = FileKind.IP_GROUP.text();

  /** How long unusable content must have stayed the same before it is told. */
  private static final Duration STABLE = Duration.ofSeconds(3);

  /** How long nothing must have been written to a file before it is read. */
  private static final Duration SETTLING = Duration.ofMillis(200);

  private final TlsEngine engine;
  private final Duration settling;
  private final InstantSource clock;
  private final RenewalFailures told;

  /** Has seen no file yet. */
  public Renewals(TlsEngine engine) {
    this(engine, SETTLING, InstantSource.system(), System::nanoTime);
  }

  Renewals(TlsEngine engine, Duration settling, InstantSource clock, LongSupplier nanoTime) {
    this.engine = engine;
    this.settling = settling;
    this.clock = clock;
    this.told = new RenewalFailures(STABLE, clock, nanoTime);
  }

  /**
   * Looks at all files (blocking). Cheap where none has changed; content that cannot be used is
   * told once it has been the same for three seconds.
   *
   * @param current stays as it is, and the caller's
   * @return the same document with what changed read anew, the caller's to release; empty where
   *     nothing changed that can be used
   */
  public synchronized Optional<LoadedDocument> check(
      LoadedDocument current, RenewalObserver observer) {
    if (current.parts().looksUnchanged()) {
      told.update(List.of(), current.parts().troubles(clock.instant()), observer);
      return Optional.empty();
    }
    List<Change> refused = new ArrayList<>();
    Attempt attempt = usable(current, refused);
    refused.addAll(attempt.parts.refused());
    List<Change> renewed = attempt.parts.renewed();
    boolean changed = attempt.loaded.isPresent() && !renewed.isEmpty();
    if (!changed) {
      attempt.release();
    }
    FileParts inForce = changed ? attempt.parts : current.parts();
    told.update(refused, inForce.troubles(clock.instant()), observer);
    if (!changed) {
      return Optional.empty();
    }
    renewed.forEach(change -> tell(change, observer));
    return attempt.loaded;
  }

  private static void tell(Change change, RenewalObserver observer) {
    LOG.infof("renewed kind=%s name=\"%s\"", change.kind().text(), change.name());
    change.problems().forEach(problem -> LOG.warnf("renewed with %s", words(problem)));
    observer.renewed(change.kind().text(), change.name(), true, change.problems());
  }

  /** With everything new that can be used; the rest is added to the refused. */
  private Attempt usable(LoadedDocument current, List<Change> refused) {
    Attempt all = attempt(current, Set.of());
    List<Change> fresh = all.parts.renewed();
    if (all.loaded.isPresent() || fresh.isEmpty()) {
      return all;
    }
    // The same as at the last check: not searched for every two seconds.
    List<Change> spoiling =
        fresh.stream().allMatch(told::isKnown)
            ? fresh.stream().map(change -> because(change, all.problems)).toList()
            : spoiling(current, fresh, fresh);
    refused.addAll(spoiling);
    Attempt rest = attempt(current, keys(spoiling));
    if (rest.loaded.isPresent()) {
      return rest;
    }
    // Each fits by itself, but not with the others: nobody can say which of them is wrong.
    refused.clear();
    fresh.forEach(change -> refused.add(because(change, rest.problems)));
    return attempt(current, keys(fresh));
  }

  /** Those of the candidates that spoil it, with the other fresh ones left out. */
  private List<Change> spoiling(
      LoadedDocument current, List<Change> candidates, List<Change> fresh) {
    Set<Key> held = new HashSet<>(keys(fresh));
    held.removeAll(keys(candidates));
    Attempt attempt = attempt(current, held);
    if (attempt.loaded.isPresent()) {
      attempt.release();
      return List.of();
    }
    if (candidates.size() == 1) {
      return List.of(because(candidates.getFirst(), attempt.problems));
    }
    int middle = candidates.size() / 2;
    List<Change> found = new ArrayList<>(spoiling(current, candidates.subList(0, middle), fresh));
    found.addAll(spoiling(current, candidates.subList(middle, candidates.size()), fresh));
    return found;
  }

  private static Change because(Change change, Problems problems) {
    return new Change(change.key(), change.kind(), change.name(), change.content(), problems.all());
  }

  private static Set<Key> keys(List<Change> changes) {
    return changes.stream().map(Change::key).collect(Collectors.toSet());
  }

  private Attempt attempt(LoadedDocument current, Set<Key> held) {
    FileParts parts = FileParts.renewing(current.parts(), held, settling, clock);
    Problems problems = new Problems("");
    Optional<LoadedDocument> loaded =
        LoadedDocument.assemble(
            current.document(),
            engine,
            current.handling(),
            current.signing(),
            parts,
            Optional.of(current),
            problems);
    return new Attempt(parts, loaded, problems);
  }

  /** What could not be renewed as of the last check, or no longer does what it is for. */
  public List<RenewalFailure> failures() {
    return told.failures();
  }

  /** The document read anew, as far as that went. */
  private record Attempt(FileParts parts, Optional<LoadedDocument> loaded, Problems problems) {
    void release() {
      loaded.ifPresent(LoadedDocument::release);
    }
  }

  /** For people, of all that is wrong. */
  static String text(List<Problem> problems) {
    return problems.stream()
        .filter(problem -> problem.severity() == Problem.Severity.ERROR || problems.size() == 1)
        .map(Renewals::words)
        .collect(Collectors.joining("; "));
  }

  private static String words(Problem problem) {
    return problem.path() + ": " + problem.found() + " (expected: " + problem.expected() + ")";
  }
}
