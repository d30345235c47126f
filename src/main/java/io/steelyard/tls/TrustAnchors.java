package io.steelyard.tls;

import io.steelyard.config.FileContents;
import io.steelyard.config.Problems;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** Reads a CA bundle, every certificate of which is trusted. */
final class TrustAnchors {

  /** Far above every public bundle; a path that points elsewhere must not fill the memory. */
  private static final int MAX_BYTES = 4 * 1024 * 1024;

  private static final String EXPECTED = "a PEM bundle of CA certificates";

  private TrustAnchors() {}

  /**
   * Reads it.
   *
   * @return empty where the problems got an error
   */
  static Optional<List<X509Certificate>> read(
      Path file, FileContents contents, String path, Problems problems) {
    byte[] bytes;
    try {
      bytes = contents.bytes(file, MAX_BYTES);
    } catch (IOException e) {
      problems.error(path, file + FileWords.unreadable(e), EXPECTED);
      return Optional.empty();
    }
    try {
      List<X509Certificate> anchors = PemFiles.certificates(bytes);
      if (!anchors.isEmpty()) {
        return Optional.of(anchors);
      }
      problems.error(path, file + " without a certificate", EXPECTED);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Bouncy Castle's PEM reader answers broken text with runtime exceptions too.
      problems.error(path, file + " that is no bundle", EXPECTED);
    }
    return Optional.empty();
  }
}
