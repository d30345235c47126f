package io.steelyard.tls;

import io.steelyard.config.FileContents;
import io.steelyard.config.Problems;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import javax.security.auth.x500.X500Principal;

/**
 * All revocation lists of one listener's client authorities. Whoever has no current list counts as
 * unknown, not as good. Thread-safe; a look-up is a few steps, except that the list of an
 * intermediate authority which clients bring along has its signature verified when it is first
 * needed.
 */
final class Revocations {

  /** The largest lists that public authorities issue have a few tens of MiB. */
  private static final int MAX_BYTES = 64 << 20;

  private static final String EXPECTED = "complete certificate revocation lists, PEM or DER";

  /** Longer chains within a bundle are loops. */
  private static final int MAX_STEPS = 10;

  private final Map<X500Principal, List<RevocationList>> lists;

  /** By certificate of the bundle: those of the bundle that have issued it. */
  private final Map<X509Certificate, List<X509Certificate>> issuers = new HashMap<>();

  private Revocations(
      Map<X500Principal, List<RevocationList>> lists, List<X509Certificate> anchors) {
    this.lists = lists;
    for (X509Certificate anchor : anchors) {
      issuers.put(
          anchor,
          anchors.stream()
              .filter(above -> !above.equals(anchor) && CertificateRules.isIssuedBy(anchor, above))
              .toList());
    }
  }

  /** What the lists say. */
  enum Verdict {
    GOOD,
    REVOKED,
    /** No list of its issuer is current. */
    UNKNOWN
  }

  /**
   * Reads them.
   *
   * @param anchors the client authorities
   * @return empty where the problems got an error
   */
  static Optional<Revocations> read(
      List<Path> files,
      List<X509Certificate> anchors,
      FileContents contents,
      Instant now,
      Problems problems) {
    Map<X500Principal, List<RevocationList>> lists = new HashMap<>();
    for (int i = 0; i < files.size(); i++) {
      String path = "crl[" + i + "]";
      for (RevocationList list : parse(files.get(i), path, contents, problems)) {
        check(list, files.get(i), path, anchors, now, problems);
        lists.computeIfAbsent(list.issuer(), issuer -> new ArrayList<>()).add(list);
      }
    }
    for (X509Certificate anchor : anchors) {
      boolean authority = anchor.getBasicConstraints() >= 0;
      if (authority && !lists.containsKey(anchor.getSubjectX500Principal())) {
        String found = "no list of " + anchor.getSubjectX500Principal();
        problems.warning("crl", found, "one: clients certified by it are refused without");
      }
    }
    return problems.hasErrors() ? Optional.empty() : Optional.of(new Revocations(lists, anchors));
  }

  private static List<RevocationList> parse(
      Path file, String path, FileContents contents, Problems problems) {
    byte[] bytes;
    try {
      bytes = contents.bytes(file, MAX_BYTES);
    } catch (IOException e) {
      problems.error(path, file + FileWords.unreadable(e), EXPECTED);
      return List.of();
    }
    try {
      List<RevocationList> lists = RevocationList.parse(bytes);
      if (lists.isEmpty()) {
        problems.error(path, file + " without a revocation list", EXPECTED);
      }
      return lists;
    } catch (RevocationList.PartialListException e) {
      problems.error(path, file + ", a delta, indirect or partial list", EXPECTED);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // The PEM reader answers broken text with runtime exceptions too.
      problems.error(path, file + " that cannot be read as revocation lists", EXPECTED);
    }
    return List.of();
  }

  private static void check(
      RevocationList list,
      Path file,
      String path,
      List<X509Certificate> anchors,
      Instant now,
      Problems problems) {
    String of = file + ", the list of " + list.issuer();
    Predicate<X509Certificate> named =
        anchor -> anchor.getSubjectX500Principal().equals(list.issuer());
    boolean known = anchors.stream().anyMatch(named);
    if (known && anchors.stream().filter(named).noneMatch(list::isSignedBy)) {
      problems.error(path, of + ", not signed by it", "one that the certificate in ca has signed");
    }
    if (list.hasEnded(now)) {
      String found = of + ", out of date since " + list.nextUpdate().orElseThrow();
      problems.warning(path, found, "a current one: clients certified by it are refused without");
    } else if (now.isBefore(list.thisUpdate())) {
      problems.warning(path, of + ", not valid before " + list.thisUpdate(), "a current one");
    }
  }

  /** What the newest current list of that issuer says about its certificate. */
  Verdict check(X509Certificate certificate, X509Certificate issuer, Instant now) {
    return newest(issuer.getSubjectX500Principal(), now, list -> list.isSignedBy(issuer))
        .map(list -> verdict(list, certificate))
        .orElse(Verdict.UNKNOWN);
  }

  /**
   * What the newest current list of its issuer says about a certificate that was checked with its
   * issuer before, against these same lists.
   *
   * @param named certificates that have its issuer's name
   */
  Verdict recheck(X509Certificate certificate, List<X509Certificate> named, Instant now) {
    X500Principal issuer = certificate.getIssuerX500Principal();
    long current =
        lists.getOrDefault(issuer, List.of()).stream().filter(list -> list.isCurrent(now)).count();
    // Authorities of one name are told apart by their keys, which costs signatures.
    Predicate<RevocationList> own =
        list ->
            current < 2
                || named.stream()
                    .anyMatch(
                        above ->
                            list.isSignedBy(above)
                                && CertificateRules.isIssuedBy(certificate, above));
    return newest(issuer, now, own).map(list -> verdict(list, certificate)).orElse(Verdict.UNKNOWN);
  }

  /**
   * Whether a certificate of the bundle is listed by another one of it: to be trusted by name does
   * not outweigh that. Without a current list it is trusted all the same.
   */
  boolean isRevoked(X509Certificate anchor, Instant now) {
    return isRevoked(anchor, now, MAX_STEPS);
  }

  private boolean isRevoked(X509Certificate anchor, Instant now, int steps) {
    List<X509Certificate> above = issuers.getOrDefault(anchor, List.of());
    return above.stream().anyMatch(issuer -> check(anchor, issuer, now) == Verdict.REVOKED)
        || (!above.isEmpty()
            && steps > 0
            && above.stream().allMatch(issuer -> isRevoked(issuer, now, steps - 1)));
  }

  private Optional<RevocationList> newest(
      X500Principal issuer, Instant now, Predicate<RevocationList> usable) {
    return lists.getOrDefault(issuer, List.of()).stream()
        .filter(list -> list.isCurrent(now))
        .filter(usable)
        .max(Comparator.comparing(RevocationList::thisUpdate));
  }

  private static Verdict verdict(RevocationList list, X509Certificate certificate) {
    return list.lists(certificate) ? Verdict.REVOKED : Verdict.GOOD;
  }

  /** An issuer all of whose lists are out of date, with the moment since when. */
  Optional<String> outOfDate(Instant now) {
    return lists.entrySet().stream()
        .filter(entry -> entry.getValue().stream().allMatch(list -> list.hasEnded(now)))
        .map(entry -> "the list of " + entry.getKey() + ", out of date since " + end(entry))
        .findFirst();
  }

  private static Instant end(Map.Entry<X500Principal, List<RevocationList>> lists) {
    return lists.getValue().stream()
        .flatMap(list -> list.nextUpdate().stream())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }
}
