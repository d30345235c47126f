package io.steelyard.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An address and protocol that flows are accepted on.
 *
 * @param address IP literal; {@code ::} accepts both families
 * @param serverGroup absent only where SNI routes are the whole routing of a TCP listener
 * @param handshakeTimeout bounds everything before the first plaintext byte: PROXY header,
 *     ClientHello and handshake
 * @param maxConnections open flows at once, 0 = no limit
 * @param maxNewConnectionsPerSecond absent = no limit
 * @param tls present exactly for {@link Protocol#TCPSSL}
 * @param sniRoutes in order, first match wins; {@link Protocol#TCP} only
 */
public record ListenerConfig(
    String name,
    String description,
    Map<String, String> tags,
    Protocol protocol,
    String address,
    int port,
    boolean enabled,
    Optional<String> serverGroup,
    Duration idleTimeout,
    Duration handshakeTimeout,
    Duration halfCloseTimeout,
    int maxConnections,
    Optional<RateLimit> maxNewConnectionsPerSecond,
    OnLimit onLimit,
    Optional<AccessConfig> access,
    Optional<TlsConfig> tls,
    List<SniRoute> sniRoutes) {

  public static final String DEFAULT_ADDRESS = "::";

  /** Alibaba NLB's default for stream listeners. */
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(900);

  public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
  public static final Duration DEFAULT_HALF_CLOSE_TIMEOUT = Duration.ofSeconds(60);

  public ListenerConfig {
    tags = Map.copyOf(tags);
    sniRoutes = List.copyOf(sniRoutes);
  }

  /** How a refused client is told. */
  public enum OnLimit {
    RESET,
    CLOSE
  }

  /**
   * A limit of new flows a second.
   *
   * @param rate flows per second, 1–1,000,000
   * @param burst flows that may come at once after a pause, at least 1
   */
  public record RateLimit(int rate, int burst) {}

  /**
   * Who may connect.
   *
   * @param ipGroups names
   */
  public record AccessConfig(Mode mode, List<String> ipGroups) {
    public AccessConfig {
      ipGroups = List.copyOf(ipGroups);
    }

    /** ALLOW: only addresses of the groups. DENY: all but them. */
    public enum Mode {
      ALLOW,
      DENY
    }
  }

  /**
   * One passthrough route.
   *
   * @param names exact names or {@code *.} wildcards (one label), lower case
   * @param alpn protocols, one of which the client must offer; empty = any client
   */
  public record SniRoute(List<String> names, List<String> alpn, String serverGroup) {
    public SniRoute {
      names = List.copyOf(names);
      alpn = List.copyOf(alpn);
    }
  }
}
