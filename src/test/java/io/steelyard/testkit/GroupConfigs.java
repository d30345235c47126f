package io.steelyard.testkit;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Server group configurations for tests: defaults, changed step by step. */
public record GroupConfigs(
    SchedulerType scheduler,
    List<BackendConfig> backends,
    Queue queue,
    OnAllDown onAllDown,
    HealthCheckConfig healthCheck) {

  private static final int PORT = 8080;

  /** Backends 10.0.0.1:8080, 10.0.0.2:8080 … of these weights, ready, without limits, probed. */
  public static GroupConfigs weights(int... weights) {
    return of(
        IntStream.range(0, weights.length).mapToObj(i -> backend(i + 1, weights[i])).toList());
  }

  /** These backends, weighted-round-robin, no queue, rejecting when all are down, probed. */
  public static GroupConfigs of(List<BackendConfig> backends) {
    return new GroupConfigs(
        SchedulerType.WEIGHTED_ROUND_ROBIN,
        backends,
        Queue.DEFAULT,
        OnAllDown.REJECT,
        HealthCheckConfig.DEFAULT);
  }

  /** Backend number n of at most 65,535, ready, without a limit. */
  public static BackendConfig backend(int number, int weight) {
    return backend(number, weight, State.READY, 0);
  }

  /** Backend number n of at most 65,535. */
  public static BackendConfig backend(int number, int weight, State state, int maxConnections) {
    String host = "10.0." + number / 256 + "." + number % 256;
    return new BackendConfig(host + ":" + PORT, host, PORT, weight, state, maxConnections);
  }

  public GroupConfigs with(SchedulerType type) {
    return new GroupConfigs(type, backends, queue, onAllDown, healthCheck);
  }

  public GroupConfigs queue(int size) {
    Queue sized = new Queue(size, Duration.ofSeconds(5));
    return new GroupConfigs(scheduler, backends, sized, onAllDown, healthCheck);
  }

  public GroupConfigs failOpen() {
    return new GroupConfigs(scheduler, backends, queue, OnAllDown.FAIL_OPEN, healthCheck);
  }

  /** Every backend of the group limited to so many connections. */
  public GroupConfigs maxConnections(int limit) {
    List<BackendConfig> limited =
        backends.stream()
            .map(
                b ->
                    new BackendConfig(
                        b.address(), b.host(), b.port(), b.weight(), b.state(), limit))
            .toList();
    return new GroupConfigs(scheduler, limited, queue, onAllDown, healthCheck);
  }

  public GroupConfigs unchecked() {
    HealthCheckConfig d = HealthCheckConfig.DEFAULT;
    HealthCheckConfig none =
        new HealthCheckConfig(
            HealthCheckConfig.Type.NONE,
            d.port(),
            d.timeout(),
            d.interval(),
            d.unhealthyThreshold(),
            d.healthyThreshold(),
            d.method(),
            d.path(),
            d.host(),
            d.expectStatus());
    return new GroupConfigs(scheduler, backends, queue, onAllDown, none);
  }

  /** The group's configuration. */
  public ServerGroupConfig build() {
    return new ServerGroupConfig(
        "app",
        scheduler,
        backends,
        queue,
        BackendProtocol.TCP,
        Optional.empty(),
        ProxyProtocol.NONE,
        ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT,
        ServerGroupConfig.DEFAULT_RETRIES,
        ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT,
        ServerGroupConfig.DEFAULT_DRAIN_SPREAD,
        onAllDown,
        healthCheck);
  }
}
