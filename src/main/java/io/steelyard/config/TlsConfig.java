package io.steelyard.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A listener's TLS settings.
 *
 * @param certificates names; the first, and for the other key type the first later one that covers
 *     the same names, are the default
 * @param alpn protocols in the server's order; empty = ALPN is not spoken
 */
public record TlsConfig(
    Policy policy,
    List<String> certificates,
    boolean allowLegacyTls,
    SniMatch sniMatch,
    UnknownSni unknownSni,
    ClientAuth clientAuth,
    List<String> alpn,
    Session session) {

  public static final String DEFAULT_POLICY = "intermediate";

  public TlsConfig {
    certificates = List.copyOf(certificates);
    alpn = List.copyOf(alpn);
  }

  /** A security policy, by name or spelled out. */
  public sealed interface Policy {
    /** A name of the policy table, any of the clouds' spellings. */
    record Named(String name) implements Policy {}

    /**
     * A policy spelled out.
     *
     * @param versions {@code TLSv1}, {@code TLSv1.1}, {@code TLSv1.2}, {@code TLSv1.3}
     * @param ciphers OpenSSL names, server preference order; TLS 1.3 suites by their IANA names
     * @param groups IANA names; empty = the default groups
     */
    record Custom(List<String> versions, List<String> ciphers, List<String> groups)
        implements Policy {
      public Custom {
        versions = List.copyOf(versions);
        ciphers = List.copyOf(ciphers);
        groups = List.copyOf(groups);
      }
    }
  }

  /** How a wildcard certificate name matches: one label, or the longest suffix. */
  public enum SniMatch {
    WILDCARD,
    LONGEST_SUFFIX
  }

  /** What a client gets whose SNI no certificate covers. */
  public enum UnknownSni {
    DEFAULT,
    REJECT
  }

  /**
   * Client authentication.
   *
   * @param ca PEM bundle whose certificates are the trust anchors; present unless mode is NONE
   * @param depth longest path of intermediate certificates plus the leaf, 1–10
   * @param allow absent = every certificate that verifies
   * @param crl files of certificate revocation lists; with any, an issuer without a current list is
   *     refused
   */
  public record ClientAuth(
      Mode mode, Optional<Path> ca, int depth, Optional<AllowRules> allow, List<Path> crl) {
    public static final int DEFAULT_DEPTH = 3;
    public static final ClientAuth NONE =
        new ClientAuth(Mode.NONE, Optional.empty(), DEFAULT_DEPTH, Optional.empty());

    public ClientAuth {
      crl = List.copyOf(crl);
    }

    /** Without revocation lists. */
    public ClientAuth(Mode mode, Optional<Path> ca, int depth, Optional<AllowRules> allow) {
      this(mode, ca, depth, allow, List.of());
    }

    /** NONE is one-way TLS, REQUIRED mutual TLS. */
    public enum Mode {
      NONE,
      OPTIONAL,
      REQUIRED
    }
  }

  /**
   * Which verified client certificates pass; any match is enough.
   *
   * @param cn exact common names or {@code *.} wildcards
   * @param dns DNS subject alternative names, exact or {@code *.} wildcards
   * @param uri exact URI subject alternative names
   * @param fingerprint SHA-256 of the DER certificate, lower-case hex without colons
   */
  public record AllowRules(
      List<String> cn, List<String> dns, List<String> uri, List<String> fingerprint) {
    public AllowRules {
      cn = List.copyOf(cn);
      dns = List.copyOf(dns);
      uri = List.copyOf(uri);
      fingerprint = List.copyOf(fingerprint);
    }
  }

  /**
   * Session resumption.
   *
   * @param lifetime 1–86,400 s
   * @param keyFile of the keys that encrypt tickets; without one the process makes its own
   */
  public record Session(boolean tickets, Duration lifetime, Optional<Path> keyFile) {
    public static final Session DEFAULT = new Session(true, Duration.ofSeconds(300));

    /** With keys of the process' own. */
    public Session(boolean tickets, Duration lifetime) {
      this(tickets, lifetime, Optional.empty());
    }
  }
}
