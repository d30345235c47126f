package io.steelyard.testkit;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.Backend;
import io.steelyard.backend.BackendState;
import io.steelyard.backend.ProbeObserver;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.flow.Flow;
import io.steelyard.flow.Traffic;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.AccessList;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Listener;
import io.steelyard.listener.ListenerSettings;
import io.steelyard.listener.Loops;
import io.steelyard.listener.Ports;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/** The data path and its probes in this JVM, on two event loops: no control, no telemetry. */
final class InProcessListener implements ListenerForm {

  private final CapturedLog log = CapturedLog.ofAll();
  private final RecordingObserver observer = new RecordingObserver();
  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
  private final Map<String, GroupRuntime> groups = new LinkedHashMap<>();
  private final List<HealthChecker> checkers = new ArrayList<>();
  private final List<BackendTls> used = new ArrayList<>();
  private final Optional<ServerTls> tls;
  private final Optional<AccessList> access;
  private final Loops loops = Loops.of(vertx, 2);
  private final Ports ports = new Ports(vertx, loops, observer, false);
  private final Listener listener;
  private final BoundPort bound;

  InProcessListener(BalancerDocument document, TlsEngine engine, TlsHandling handling) {
    ListenerConfig config = document.listeners().getFirst();
    for (ServerGroupConfig group : document.serverGroups()) {
      Optional<BackendTls> backendTls =
          group
              .tls()
              .map(
                  settings ->
                      prepared(problems -> BackendTls.prepare(group, document, engine, problems)));
      GroupRuntime runtime = new GroupRuntime(new ServerGroup(group), group, backendTls);
      groups.put(group.name(), runtime);
      backendTls.ifPresent(used::add);
      if (group.healthCheck().type() != HealthCheckConfig.Type.NONE) {
        startChecks(runtime.group(), backendTls);
      }
    }
    tls =
        config
            .tls()
            .map(
                used ->
                    prepared(
                        problems ->
                            ServerTls.prepare(config, document, engine, handling, problems)));
    access = Optional.of(prepared(problems -> AccessList.prepare(config, document, problems)));
    listener = listener(config);
    bound = await(ports.bind(config.address(), config.port(), listener));
  }

  /** Another listener under that configuration, without a port. */
  Listener listener(ListenerConfig config) {
    return new Listener(config.name(), loops, observer, settings(config));
  }

  /** Settings of their own under that configuration, with what this listener has beside it. */
  ListenerSettings settings(ListenerConfig config) {
    return ListenerSettings.of(config, tls, access, groups::get);
  }

  private static <T> T prepared(Function<Problems, Optional<T>> preparing) {
    Problems problems = new Problems("test");
    Optional<T> part = preparing.apply(problems);
    assertThat(problems.hasErrors()).as(problems.all().toString()).isFalse();
    return part.orElseThrow();
  }

  private void startChecks(ServerGroup group, Optional<BackendTls> backendTls) {
    HealthChecker checker = new HealthChecker(vertx, group, ProbeObserver.NONE);
    checker.follow(group.config(), backendTls);
    await(checker.firstResults());
    checkers.add(checker);
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  Listener listener() {
    return listener;
  }

  Ports ports() {
    return ports;
  }

  BoundPort bound() {
    return bound;
  }

  @Override
  public RecordingObserver observer() {
    return observer;
  }

  @Override
  public int port() {
    return bound.port();
  }

  @Override
  public int openFlows() {
    return (int) listener.openFlowCount();
  }

  @Override
  public int leases() {
    return backends().mapToInt(Backend::connections).sum();
  }

  @Override
  public int waiting() {
    return groups.values().stream().mapToInt(group -> group.group().waiting()).sum();
  }

  @Override
  public long leasesTotal(String backend) {
    return backend(backend).connectionsTotal();
  }

  @Override
  public long sentBytes() {
    return observer.clientTraffic.stream().mapToLong(Traffic::sentBytes).sum();
  }

  @Override
  public BackendState state(String backend) {
    return backend(backend).state();
  }

  @Override
  public String healthReason(String backend) {
    return backend(backend).health().reason();
  }

  private Backend backend(String address) {
    return backends()
        .filter(backend -> backend.config().address().equals(address))
        .findFirst()
        .orElseThrow();
  }

  private Stream<Backend> backends() {
    return groups.values().stream().flatMap(group -> group.group().backends().stream());
  }

  @Override
  public List<String> logged() {
    return log.lines();
  }

  @Override
  public Set<Integer> loops() {
    return observer.accepted.stream().map(Flow::loop).collect(toCollection(TreeSet::new));
  }

  @Override
  public HeldMemory memory() {
    return HeldMemory.IN_PROCESS;
  }

  @Override
  public CompletableFuture<Void> drain() {
    return bound
        .close()
        .compose(
            closed -> {
              listener.stopAccepting();
              return listener.drained();
            })
        .toCompletionStage()
        .toCompletableFuture();
  }

  @Override
  public void cut() {
    await(bound.cut());
  }

  @Override
  public boolean isTold() {
    return true;
  }

  @Override
  public void close() {
    listener.stopAccepting();
    await(ports.cut());
    checkers.forEach(checker -> await(checker.stop()));
    groups.values().forEach(GroupRuntime::release);
    tls.ifPresent(ServerTls::release);
    used.forEach(BackendTls::release);
    await(vertx.close());
    log.close();
  }
}
