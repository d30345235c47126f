package io.steelyard.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A named certificate with its key, from PEM files or a PKCS#12 store.
 *
 * @param ocspResponse file of the OCSP response that is stapled
 */
public record CertificateConfig(String name, Source source, Optional<Path> ocspResponse) {

  /** Without an OCSP response. */
  public CertificateConfig(String name, Source source) {
    this(name, source, Optional.empty());
  }

  /** Where the chain and the key are read from. */
  public sealed interface Source {
    /** PEM: chain (leaf first) and key (PKCS#1, PKCS#8 or SEC1, perhaps encrypted). */
    record Pem(Path certificate, Path key, Optional<Path> keyPasswordFile) implements Source {}

    /** A PKCS#12 store with one key entry. */
    record Pkcs12(Path file, Optional<Path> passwordFile) implements Source {}
  }
}
