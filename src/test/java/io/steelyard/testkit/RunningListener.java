package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.listener.AccessList;
import io.steelyard.listener.Listener;
import io.steelyard.listener.Loops;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.ServerTls;
import io.steelyard.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** One bound listener on two event loops with its server groups: the data path without control and configuration files. */
public final class RunningListener implements AutoCloseable {

  public final RecordingObserver observer = new RecordingObserver();
  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
  private final Map<String, GroupRuntime> groups = new LinkedHashMap<>();
  private final Optional<ServerTls> tls;
  private final Listener listener;

  private RunningListener(
      ListenerConfig config,
      List<CertificateConfig> certificates,
      Optional<AccessList> access,
      TlsEngine engine,
      ServerGroupConfig... groupConfigs) {
    BalancerDocument document =
        new BalancerDocument(List.of(config), List.of(), certificates, List.of(groupConfigs));
    for (ServerGroupConfig group : groupConfigs) {
      Problems problems = new Problems("test");
      Optional<BackendTls> backendTls =
          group.tls().isEmpty()
              ? Optional.empty()
              : BackendTls.prepare(group, document, engine, problems);
      assertThat(problems.hasErrors()).as(problems.all().toString()).isFalse();
      groups.put(group.name(), new GroupRuntime(vertx, new ServerGroup(group), backendTls));
    }
    Problems problems = new Problems("test");
    tls =
        config.tls().isEmpty()
            ? Optional.empty()
            : ServerTls.prepare(config, document, engine, problems);
    assertThat(problems.hasErrors()).as(problems.all().toString()).isFalse();
    listener =
        Listener.prepare(
            vertx,
            Loops.of(vertx, 2),
            config,
            new Listener.Parts(tls, access, groups::get),
            observer);
    await(listener.bind());
  }

  /** A passthrough listener. */
  public static RunningListener tcp(Configs.Listen listen, Configs.Group... groups) {
    return new RunningListener(
        listen.build(), List.of(), Optional.empty(), TlsEngine.BORINGSSL, built(groups));
  }

  /** A passthrough listener with an access list. */
  public static RunningListener tcp(
      AccessList access, Configs.Listen listen, Configs.Group... groups) {
    return new RunningListener(
        listen.build(), List.of(), Optional.of(access), TlsEngine.BORINGSSL, built(groups));
  }

  /** A terminating listener, or a passthrough one whose groups speak TLS with these certificates. */
  public static RunningListener tls(
      TlsEngine engine,
      List<CertificateConfig> certificates,
      Configs.Listen listen,
      Configs.Group... groups) {
    return new RunningListener(
        listen.build(), certificates, Optional.empty(), engine, built(groups));
  }

  /** A terminating listener on BoringSSL that serves the fixture's certificate. */
  public static RunningListener tls(
      TlsFixture fixture, Configs.Listen listen, Configs.Group... groups) {
    return tls(
        TlsEngine.BORINGSSL, fixture.certificates(), listen.tls(fixture.config()), groups);
  }

  /** The same with an access list. */
  public static RunningListener tls(
      TlsFixture fixture, AccessList access, Configs.Listen listen, Configs.Group... groups) {
    return new RunningListener(
        listen.tls(fixture.config()).build(),
        fixture.certificates(),
        Optional.of(access),
        TlsEngine.BORINGSSL,
        built(groups));
  }

  private static ServerGroupConfig[] built(Configs.Group... groups) {
    ServerGroupConfig[] configs = new ServerGroupConfig[groups.length];
    for (int i = 0; i < groups.length; i++) {
      configs[i] = groups[i].build();
    }
    return configs;
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  public int port() {
    return listener.port();
  }

  public Listener listener() {
    return listener;
  }

  public Vertx vertx() {
    return vertx;
  }

  public ServerGroup group(String name) {
    return groups.get(name).group();
  }

  /** Makes this the next revision of that listener: tickets made by it can be read here. */
  public void adoptTicketKeys(RunningListener earlier) {
    tls.orElseThrow().adoptTicketKeys(earlier.tls.orElseThrow());
  }

  /** A plain client connection to the listener; reads give up after 20 s. */
  public Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Leases held now, over all groups. */
  public int leases() {
    return groups.values().stream()
        .flatMap(group -> group.group().backends().stream())
        .mapToInt(Backend::connections)
        .sum();
  }

  /** Waits until no flow is open and no lease is held. */
  public void awaitQuiet() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(listener.openFlowCount()).isZero();
              assertThat(leases()).isZero();
            });
  }

  @Override
  public void close() {
    await(listener.close());
    groups.values().forEach(group -> await(group.close()));
    tls.ifPresent(ServerTls::close);
    await(vertx.close());
  }

}
