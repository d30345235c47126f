package io.steelyard.admin;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Who may use the admin API, and how it is reached; as the process was told at its start.
 *
 * @param tokensFile who may do what
 * @param loopbackRead whether anybody on this machine may read without a token
 * @param writeBack whether edits through the API are written to the document's file
 */
public record AdminSettings(
    Optional<Path> tokensFile, boolean loopbackRead, boolean writeBack, Optional<AdminTls> tls) {

  /** Nobody may do anything, over plain HTTP. */
  public static final AdminSettings DEFAULT =
      new AdminSettings(Optional.empty(), false, true, Optional.empty());

  /**
   * TLS of the admin API.
   *
   * @param certificate PEM, the chain
   * @param key PEM
   * @param clientCa PEM: whose client certificates are looked at
   * @param clientRole what a verified client certificate without a line in the tokens file may do
   */
  public record AdminTls(
      Path certificate, Path key, Optional<Path> clientCa, Optional<Role> clientRole) {}

  /** Whether anybody from another machine could ever be told from anybody else. */
  boolean knowsCallers() {
    return tokensFile.isPresent()
        || tls.filter(it -> it.clientCa().isPresent() && it.clientRole().isPresent()).isPresent();
  }
}
