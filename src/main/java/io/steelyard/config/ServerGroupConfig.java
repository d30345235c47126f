package io.steelyard.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A named set of backends with a scheduler and a health check.
 *
 * @param tls present exactly when {@code backendProtocol} is TLS or the health check's type is TLS
 *     or HTTPS: flows and probes verify alike
 * @param retries on other backends, only before a byte was sent; 0 = off
 * @param drainTimeout how long flows may stay where nothing new goes (a backend that is removed or
 *     drained, a listener that goes), 0–86,400 s
 * @param drainSpread the last share of it, 0–1, over which closing is spread evenly; nothing is cut
 *     before
 */
public record ServerGroupConfig(
    String name,
    SchedulerType scheduler,
    List<BackendConfig> backends,
    Queue queue,
    BackendProtocol backendProtocol,
    Optional<BackendTlsConfig> tls,
    ProxyProtocol proxyProtocol,
    Duration connectTimeout,
    int retries,
    Duration drainTimeout,
    double drainSpread,
    OnAllDown onAllDown,
    HealthCheckConfig healthCheck) {

  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
  public static final int DEFAULT_RETRIES = 3;
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(300);
  public static final double DEFAULT_DRAIN_SPREAD = 0.2;

  public ServerGroupConfig {
    backends = List.copyOf(backends);
  }

  /** How a backend is chosen. */
  public enum SchedulerType {
    WEIGHTED_ROUND_ROBIN,
    ROUND_ROBIN,
    WEIGHTED_LEAST_CONNECTIONS,
    SOURCE_IP_HASH
  }

  /** What is spoken to the backends. */
  public enum BackendProtocol {
    TCP,
    TLS
  }

  /** What happens to a flow when no backend is usable. */
  public enum OnAllDown {
    REJECT,
    FAIL_OPEN
  }

  /**
   * Flows that wait for room when every usable backend is at its max-connections.
   *
   * @param size 0 = none wait
   */
  public record Queue(int size, Duration timeout) {
    public static final Queue DEFAULT = new Queue(0, Duration.ofSeconds(5));
  }

  /**
   * One backend.
   *
   * @param address as written (a missing port filled in from default-port); its identity in
   *     metrics, status and commands
   * @param host IP literal without brackets
   * @param weight 0–256; 0 = no new flows
   * @param maxConnections 0 = no limit
   */
  public record BackendConfig(
      String address, String host, int port, int weight, State state, int maxConnections) {
    public static final int DEFAULT_WEIGHT = 100;
    public static final int MAX_WEIGHT = 256;

    /** The operator's intent for a backend. */
    public enum State {
      READY,
      /** Takes nothing new, its flows finish. */
      DRAIN,
      /** Takes nothing new and is not probed. */
      MAINTENANCE
    }
  }

  /**
   * TLS towards the backends.
   *
   * @param ca PEM bundle; absent = the JDK's default trust store
   * @param serverName SNI and the name verified; absent = the backend's host
   * @param certificate name of the certificate we authenticate with
   */
  public record BackendTlsConfig(
      Verify verify, Optional<Path> ca, Optional<String> serverName, Optional<String> certificate) {
    public static final BackendTlsConfig DEFAULT =
        new BackendTlsConfig(Verify.FULL, Optional.empty(), Optional.empty(), Optional.empty());

    /** FULL: chain and name. CHAIN: chain only. NONE: nothing (warned about). */
    public enum Verify {
      FULL,
      CHAIN,
      NONE
    }
  }

  /**
   * The PROXY protocol header sent to backends.
   *
   * @param tlvs empty unless the version is V2
   */
  public record ProxyProtocol(Version version, Set<Tlv> tlvs) {
    public static final ProxyProtocol NONE = new ProxyProtocol(Version.NONE, Set.of());

    public ProxyProtocol {
      tlvs = Set.copyOf(tlvs);
    }

    /** Header version. */
    public enum Version {
      NONE,
      V1,
      V2
    }

    /**
     * What a version 2 header carries beside the addresses. Spelled in kebab-case in the document.
     */
    public enum Tlv {
      ALPN,
      AUTHORITY,
      CRC32C,
      UNIQUE_ID,
      SSL,
      /** The client's whole certificate, inside the SSL TLV (PP2_SUBTYPE_SSL_CLIENT_CERT). */
      CLIENT_CERTIFICATE
    }
  }
}
