package io.steelyard.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a group's backends are probed.
 *
 * @param port absent = the backend's own
 * @param host the Host header of http probes; absent = the backend's address
 * @param expectStatus ranges of status codes that count as success
 */
public record HealthCheckConfig(
    Type type,
    OptionalInt port,
    Duration timeout,
    Duration interval,
    int unhealthyThreshold,
    int healthyThreshold,
    Method method,
    String path,
    Optional<String> host,
    List<StatusRange> expectStatus) {

  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);
  public static final int DEFAULT_THRESHOLD = 3;
  public static final String DEFAULT_PATH = "/";
  public static final HealthCheckConfig DEFAULT =
      new HealthCheckConfig(
          Type.TCP,
          OptionalInt.empty(),
          DEFAULT_TIMEOUT,
          DEFAULT_INTERVAL,
          DEFAULT_THRESHOLD,
          DEFAULT_THRESHOLD,
          Method.GET,
          DEFAULT_PATH,
          Optional.empty(),
          List.of(StatusRange.DEFAULT));

  public HealthCheckConfig {
    expectStatus = List.copyOf(expectStatus);
  }

  /** What a probe does. */
  public enum Type {
    TCP,
    TLS,
    HTTP,
    HTTPS,
    NONE
  }

  /** The request method of http probes. */
  public enum Method {
    GET,
    HEAD,
    POST,
    OPTIONS
  }

  /** Status codes from first to last, both included, 100–599. */
  public record StatusRange(int first, int last) {
    public static final StatusRange DEFAULT = new StatusRange(200, 399);

    /** Whether the code lies in the range. */
    public boolean contains(int code) {
      return code >= first && code <= last;
    }
  }
}
