package io.steelyard.tls;

import java.util.Optional;

/**
 * A certificate as it is served.
 *
 * @param staple the OCSP response that goes with it
 */
record StapledCertificate(LoadedCertificate certificate, Optional<Staple> staple) {
  @Override
  public String toString() {
    return certificate.toString();
  }
}
