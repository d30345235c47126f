package io.steelyard.testkit;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.IpGroupConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.config.ListenerConfig.RateLimit;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.Protocol;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.config.TlsConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Builders of configuration records for tests: every property at its default until set. */
public final class Configs {

  private Configs() {}

  /** A listener on 127.0.0.1 and a free port that sends to group {@code app}. */
  public static final class Listen {
    private String name = "web";
    private Protocol protocol = Protocol.TCP;
    private Optional<String> group = Optional.of("app");
    private Duration idle = ListenerConfig.DEFAULT_IDLE_TIMEOUT;
    private Duration handshake = ListenerConfig.DEFAULT_HANDSHAKE_TIMEOUT;
    private Duration halfClose = ListenerConfig.DEFAULT_HALF_CLOSE_TIMEOUT;
    private int maxConnections;
    private Optional<RateLimit> rate = Optional.empty();
    private OnLimit onLimit = OnLimit.RESET;
    private Optional<AccessConfig> access = Optional.empty();
    private List<IpGroupConfig> ipGroups = List.of();
    private Optional<TlsConfig> tls = Optional.empty();
    private List<SniRoute> routes = List.of();
    private Duration drain = Duration.ZERO;

    public Listen name(String listenerName) {
      name = listenerName;
      return this;
    }

    public Listen tls(TlsConfig config) {
      protocol = Protocol.TCPSSL;
      tls = Optional.of(config);
      return this;
    }

    public Listen noDefaultGroup() {
      group = Optional.empty();
      return this;
    }

    public Listen idle(Duration timeout) {
      idle = timeout;
      return this;
    }

    public Listen handshake(Duration timeout) {
      handshake = timeout;
      return this;
    }

    public Listen halfClose(Duration timeout) {
      halfClose = timeout;
      return this;
    }

    public Listen maxConnections(int max) {
      maxConnections = max;
      return this;
    }

    public Listen rate(int perSecond, int burst) {
      rate = Optional.of(new RateLimit(perSecond, burst));
      return this;
    }

    /** Admits only clients of these networks, or all but those. */
    public Listen access(AccessConfig.Mode mode, String... networks) {
      access = Optional.of(new AccessConfig(mode, List.of("clients")));
      ipGroups = List.of(new IpGroupConfig("clients", List.of(networks), Optional.empty()));
      return this;
    }

    List<IpGroupConfig> ipGroups() {
      return ipGroups;
    }

    public Listen onLimit(OnLimit how) {
      onLimit = how;
      return this;
    }

    public Listen routes(SniRoute... sniRoutes) {
      routes = List.of(sniRoutes);
      return this;
    }

    /** How long open flows may go on once the listener is told to go: not at all unless set. */
    public Listen drain(Duration timeout) {
      drain = timeout;
      return this;
    }

    Duration drain() {
      return drain;
    }

    /** On a free port that the listener finds itself. */
    public ListenerConfig build() {
      return build(0);
    }

    ListenerConfig build(int port) {
      return new ListenerConfig(
          name,
          "",
          Map.of(),
          protocol,
          "127.0.0.1",
          port,
          true,
          group,
          idle,
          handshake,
          halfClose,
          maxConnections,
          rate,
          onLimit,
          access,
          tls,
          routes);
    }
  }

  /** A group {@code app} without a health check. */
  public static final class Group {
    private String name = "app";
    private SchedulerType scheduler = SchedulerType.WEIGHTED_ROUND_ROBIN;
    private final List<BackendConfig> backends = new ArrayList<>();
    private Queue queue = Queue.DEFAULT;
    private Optional<BackendTlsConfig> tls = Optional.empty();
    private ProxyProtocol proxy = ProxyProtocol.NONE;
    private Duration connect = ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT;
    private int retries = ServerGroupConfig.DEFAULT_RETRIES;
    private OnAllDown onAllDown = OnAllDown.REJECT;
    private HealthCheckConfig health =
        new HealthCheckConfig(
            HealthCheckConfig.Type.NONE,
            OptionalInt.empty(),
            HealthCheckConfig.DEFAULT_TIMEOUT,
            HealthCheckConfig.DEFAULT_INTERVAL,
            3,
            3,
            HealthCheckConfig.Method.GET,
            "/",
            Optional.empty(),
            List.of(HealthCheckConfig.StatusRange.DEFAULT));

    public Group name(String groupName) {
      name = groupName;
      return this;
    }

    public Group scheduler(SchedulerType type) {
      scheduler = type;
      return this;
    }

    public Group backend(int port) {
      return backend(port, BackendConfig.DEFAULT_WEIGHT, 0);
    }

    public Group backend(int port, int weight, int maxConnections) {
      backends.add(
          new BackendConfig(
              "127.0.0.1:" + port,
              "127.0.0.1",
              port,
              weight,
              BackendConfig.State.READY,
              maxConnections));
      return this;
    }

    public Group queue(int size, Duration timeout) {
      queue = new Queue(size, timeout);
      return this;
    }

    public Group tls(BackendTlsConfig config) {
      tls = Optional.of(config);
      return this;
    }

    public Group proxy(ProxyProtocol settings) {
      proxy = settings;
      return this;
    }

    public Group connectTimeout(Duration timeout) {
      connect = timeout;
      return this;
    }

    public Group retries(int count) {
      retries = count;
      return this;
    }

    public Group onAllDown(OnAllDown what) {
      onAllDown = what;
      return this;
    }

    public Group health(HealthCheckConfig config) {
      health = config;
      return this;
    }

    public ServerGroupConfig build() {
      return new ServerGroupConfig(
          name,
          scheduler,
          backends,
          queue,
          tls.isPresent() ? BackendProtocol.TLS : BackendProtocol.TCP,
          tls,
          proxy,
          connect,
          retries,
          ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT,
          ServerGroupConfig.DEFAULT_DRAIN_SPREAD,
          onAllDown,
          health);
    }
  }
}
