package io.steelyard.tls;

import io.steelyard.config.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** Reads a CA bundle, every certificate of which is trusted. Blocking. */
final class TrustAnchors {

  /** Far above every public bundle; a path that points elsewhere must not fill the memory. */
  private static final int MAX_BYTES = 4 * 1024 * 1024;

  private TrustAnchors() {}

  /**
   * Reads it.
   *
   * @return empty where the problems got an error
   */
  static Optional<List<X509Certificate>> read(Path file, String path, Problems problems) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        problems.error(path, file + ", longer than " + MAX_BYTES + " bytes", "a CA bundle");
        return Optional.empty();
      }
      List<X509Certificate> anchors = PemFiles.certificates(bytes);
      if (!anchors.isEmpty()) {
        return Optional.of(anchors);
      }
      problems.error(path, file + " without a certificate", "a PEM bundle of CA certificates");
    } catch (IOException e) {
      String found = Files.exists(file) ? ", which cannot be read" : ", which does not exist";
      problems.error(path, file + found, "a PEM bundle of CA certificates");
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      problems.error(path, file + " that is no bundle", "a PEM bundle of CA certificates");
    }
    return Optional.empty();
  }
}
