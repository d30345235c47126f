package io.steelyard.control;

import io.steelyard.tls.TlsEngine;
import java.util.List;
import java.util.Optional;

/**
 * Notices when the files that a document names get new content, and reads them again. One check at
 * a time; {@link #failures} from any thread.
 */
public final class Renewals {

  public static final String CERTIFICATE = "certificate";
  public static final String CLIENT_CA = "client-ca";
  public static final String CRL = "crl";
  public static final String OCSP_RESPONSE = "ocsp-response";
  public static final String TICKET_KEYS = "ticket-keys";
  public static final String BACKEND_TLS = "backend-tls";
  public static final String IP_GROUP = "ip-group";

  /** Has seen no file yet. */
  public Renewals(TlsEngine engine) {}

  /**
   * Looks at all files (blocking). Cheap where none has changed; content that cannot be used is
   * told once it has been the same for three seconds.
   *
   * @param current stays as it is, and the caller's
   * @return the same document with what changed read anew, the caller's to release; empty where
   *     nothing changed that can be used
   */
  public Optional<LoadedDocument> check(LoadedDocument current, RenewalObserver observer) {
    return Optional.empty();
  }

  /** What could not be renewed as of the last check. */
  public List<RenewalFailure> failures() {
    return List.of();
  }
}
