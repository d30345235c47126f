package io.steelyard.tls;

import io.steelyard.config.FileContents;
import io.steelyard.config.FileParts;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig.ClientAuth;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whose client certificates are good, and which of them were revoked. Equal where the files'
 * content is. Immutable.
 */
final class TrustedClients implements FileParts.Aging {

  /** Of a listener that asks no client for a certificate. */
  static final TrustedClients NOBODY = new TrustedClients(List.of(), Optional.empty(), "");

  private final List<X509Certificate> anchors;
  private final Optional<Revocations> revocations;
  private final String digest;

  private TrustedClients(
      List<X509Certificate> anchors, Optional<Revocations> revocations, String digest) {
    this.anchors = List.copyOf(anchors);
    this.revocations = revocations;
    this.digest = digest;
  }

  /** The files they are read from: the CA bundle, then the revocation lists. */
  static List<Path> files(ClientAuth auth) {
    List<Path> files = new ArrayList<>();
    auth.ca().ifPresent(files::add);
    files.addAll(auth.crl());
    return files;
  }

  /**
   * Reads them.
   *
   * @param problems with paths below {@code client-auth}
   * @return empty where the problems got an error
   */
  static Optional<TrustedClients> read(
      ClientAuth auth, FileContents contents, Instant now, Problems problems) {
    Path ca = auth.ca().orElseThrow();
    Optional<List<X509Certificate>> anchors = TrustAnchors.read(ca, contents, "ca", problems);
    if (anchors.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder digest = new StringBuilder();
    files(auth).forEach(file -> digest.append(contents.digest(file)).append(' '));
    if (auth.crl().isEmpty()) {
      return Optional.of(new TrustedClients(anchors.get(), Optional.empty(), digest.toString()));
    }
    return Revocations.read(auth.crl(), anchors.get(), contents, now, problems)
        .map(lists -> new TrustedClients(anchors.get(), Optional.of(lists), digest.toString()));
  }

  List<X509Certificate> anchors() {
    return anchors;
  }

  Optional<Revocations> revocations() {
    return revocations;
  }

  /** Of everything that decides whom it trusts. */
  String digest() {
    return digest;
  }

  @Override
  public Optional<Problem> trouble(Instant now) {
    return revocations
        .flatMap(lists -> lists.outOfDate(now))
        .map(
            found ->
                new Problem(
                    Problem.Severity.ERROR,
                    "",
                    0,
                    0,
                    "crl",
                    found,
                    "a current one: clients certified by it are refused without"));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TrustedClients clients && clients.digest.equals(digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return anchors.size() + " client authorities" + (revocations.isPresent() ? " with CRLs" : "");
  }
}
