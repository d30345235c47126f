package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.BackendState;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.ListenerConfig;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Listener;
import io.steelyard.listener.ListenerSettings;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One bound listener on two event loops with its server groups, which are probed where they say so.
 * In this JVM, unless the system property {@code steelyard.executable} names an executable ({@code
 * jvm}: the packaged application): then in a process of its own, and what tests are told is what
 * that process tells operators.
 */
public final class RunningListener implements AutoCloseable {

  public final RecordingObserver observer;
  private final ListenerForm form;

  private RunningListener(
      TlsEngine engine,
      TlsHandling handling,
      List<CertificateConfig> certificates,
      Configs.Listen listen,
      Configs.Group... groups) {
    boolean inProcess = isInProcess();
    BalancerDocument document =
        new BalancerDocument(
            List.of(listen.build(inProcess ? 0 : LoopbackPorts.free())),
            listen.ipGroups(),
            certificates,
            Arrays.stream(groups).map(Configs.Group::build).toList());
    form =
        inProcess
            ? new InProcessListener(document, engine, handling)
            : new ProcessListener(document, engine, handling, listen.drain());
    observer = form.observer();
  }

  /** As short as a timeout can be; a document does not take less than a second. */
  public static Duration shortestTimeout() {
    return isInProcess() ? Duration.ofMillis(250) : Duration.ofSeconds(1);
  }

  private static boolean isInProcess() {
    return System.getProperty(SteelyardProcess.EXECUTABLE) == null;
  }

  /** A passthrough listener. */
  public static RunningListener tcp(Configs.Listen listen, Configs.Group... groups) {
    return tls(TlsEngine.BORINGSSL, List.of(), listen, groups);
  }

  /**
   * A terminating listener, or a passthrough one whose groups speak TLS with these certificates.
   */
  public static RunningListener tls(
      TlsEngine engine,
      List<CertificateConfig> certificates,
      Configs.Listen listen,
      Configs.Group... groups) {
    return tls(engine, handlingInUse(), certificates, listen, groups);
  }

  /** The same with that handling of records, whatever the system property says. */
  public static RunningListener tls(
      TlsEngine engine,
      TlsHandling handling,
      List<CertificateConfig> certificates,
      Configs.Listen listen,
      Configs.Group... groups) {
    return new RunningListener(engine, handling, certificates, listen, groups);
  }

  /**
   * The handling that scenarios run on which do not choose one: that of the system property {@code
   * steelyard.tls-handler}, as the process itself has it.
   */
  public static TlsHandling handlingInUse() {
    return TlsHandling.valueOf(
        System.getProperty("steelyard.tls-handler", "native").toUpperCase(Locale.ROOT));
  }

  /** A terminating listener on BoringSSL that serves the fixture's certificate. */
  public static RunningListener tls(
      TlsFixture fixture, Configs.Listen listen, Configs.Group... groups) {
    return tls(TlsEngine.BORINGSSL, fixture.certificates(), listen.tls(fixture.config()), groups);
  }

  public int port() {
    return form.port();
  }

  /** The listener itself, for a test that is marked {@link InProcess}. */
  public Listener listener() {
    return inProcess().listener();
  }

  /** Its socket, for a test that is marked {@link InProcess}. */
  public BoundPort bound() {
    return inProcess().bound();
  }

  /** Binds another port for a listener, for a test that is marked {@link InProcess}. */
  public BoundPort bind(String address, int port, Listener target) {
    return InProcessListener.await(inProcess().ports().bind(address, port, target));
  }

  /**
   * Settings under that configuration, with the groups and certificates of this listener. For a
   * test that is marked {@link InProcess}.
   */
  public ListenerSettings settings(ListenerConfig config) {
    return inProcess().settings(config);
  }

  /** Another listener without a port, for a test that is marked {@link InProcess}. */
  public Listener listener(ListenerConfig config) {
    return inProcess().listener(config);
  }

  private InProcessListener inProcess() {
    return (InProcessListener) form;
  }

  /** A plain client connection to the listener; reads give up after 20 s. */
  public Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Flows open now. */
  public int openFlows() {
    return form.openFlows();
  }

  /** Leases held now, over all groups. */
  public int leases() {
    return form.leases();
  }

  /** Flows that wait for room on a backend. */
  public int waiting() {
    return form.waiting();
  }

  /** Leases ever given on the backend of that address. */
  public long leasesTotal(String backend) {
    return form.leasesTotal(backend);
  }

  /** Plaintext bytes sent to clients so far. */
  public long sentBytes() {
    return form.sentBytes();
  }

  /** What the backend of that address is shown as. */
  public BackendState state(String backend) {
    return form.state(backend);
  }

  /** Waits until the backend of that address is shown as that. */
  public void awaitState(String backend, BackendState state) {
    Patience.await().until(() -> state(backend) == state);
  }

  /** The reason code of the last flip of a backend's health. */
  public String healthReason(String backend) {
    return form.healthReason(backend);
  }

  /** What has been logged since it serves, a line each. */
  public List<String> logged() {
    return form.logged();
  }

  /** The event loops that flows were spread over, by index. */
  public Set<Integer> loops() {
    return form.loops();
  }

  /** What bytes under way take. */
  public HeldMemory memory() {
    return form.memory();
  }

  /**
   * Takes no new flow and lets the open ones go on, as long as {@link Configs.Listen#drain} says;
   * completes when the last one has ended.
   */
  public CompletableFuture<Void> drain() {
    return form.drain();
  }

  /** Takes no new flow and ends the open ones, after what {@link Configs.Listen#drain} says. */
  public void cut() {
    form.cut();
  }

  /** Waits until no flow is open, no lease is held, and the observer has been told everything. */
  public void awaitQuiet() {
    Patience.await()
        .untilAsserted(
            () -> {
              assertThat(openFlows()).isZero();
              assertThat(leases()).isZero();
              assertThat(form.isTold()).isTrue();
            });
  }

  @Override
  public void close() {
    form.close();
  }
}
