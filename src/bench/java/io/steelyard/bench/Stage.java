package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** What every row works with; closing it ends all that a run has started. */
final class Stage implements AutoCloseable {

  /** Until what is measured has been compiled by C2. */
  private static final Duration COMPILING = Duration.ofSeconds(8);

  private static final Duration SETTLING = Duration.ofSeconds(1);

  private final Settings settings;
  private final Progress progress;
  private final Guard guard;
  private final Toolbox tools;
  private final Ports ports = new Ports();
  private final Clients clients;
  private final CertificateFiles ecdsa;
  private final CertificateFiles rsa;
  private final Backend backend;
  private final List<Balancer> balancers;
  private final Results results = new Results();

  Stage(Settings settings, Progress progress) throws IOException {
    this.settings = settings;
    this.progress = progress;
    tools = new Toolbox(settings.peers());
    guard = new Guard();
    clients = new Clients();
    Path folder = settings.output().resolve("run");
    ecdsa = Certificates.ecdsa(folder);
    rsa = Certificates.rsa(folder);
    backend =
        Backend.start(guard, tools, folder.resolve("backend"), ports, ecdsa, List.of("127.0.0.1"));
    balancers = all();
  }

  private List<Balancer> all() {
    List<Balancer> all = new ArrayList<>();
    if (Files.isExecutable(settings.executable())) {
      List<String> command = List.of(settings.executable().toString());
      all.add(new Steelyard("steelyard", command, Balancer.BRIEF, ports));
    }
    if (Files.exists(settings.jar())) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(settings.jvmFlags());
      command.addAll(List.of("-jar", settings.jar().toString()));
      all.add(new Steelyard("steelyard-jvm", command, COMPILING, ports));
    }
    if (tools.has("haproxy")) {
      all.add(new Haproxy(tools));
    }
    if (tools.has("nginx")) {
      all.add(new NginxStream(tools));
    }
    if (tools.has("hitch")) {
      all.add(new Hitch(tools));
    }
    List<String> wanted = settings.balancers();
    return all.stream().filter(one -> wanted.isEmpty() || wanted.contains(one.name())).toList();
  }

  Settings settings() {
    return settings;
  }

  Guard guard() {
    return guard;
  }

  Toolbox tools() {
    return tools;
  }

  Ports ports() {
    return ports;
  }

  Clients clients() {
    return clients;
  }

  Backend backend() {
    return backend;
  }

  CertificateFiles certificate() {
    return ecdsa;
  }

  List<Balancer> balancers() {
    return balancers;
  }

  Results results() {
    return results;
  }

  void say(String line) {
    progress.say(line);
  }

  /** TLS in front, P-256; plain TCP behind. */
  Scene terminating(String name) {
    return new Scene(
        name,
        Scene.Protocol.TLS,
        Scene.Protocol.TCP,
        ecdsa,
        backend.port(),
        ecdsa.chain(),
        Crowd.ONE);
  }

  Scene terminatingRsa(String name) {
    return new Scene(
        name,
        Scene.Protocol.TLS,
        Scene.Protocol.TCP,
        rsa,
        backend.port(),
        ecdsa.chain(),
        Crowd.ONE);
  }

  Scene passingThrough(String name) {
    return new Scene(
        name,
        Scene.Protocol.TCP,
        Scene.Protocol.TCP,
        ecdsa,
        backend.port(),
        ecdsa.chain(),
        Crowd.ONE);
  }

  Scene encryptingAnew(String name) {
    return new Scene(
        name,
        Scene.Protocol.TLS,
        Scene.Protocol.TLS,
        ecdsa,
        backend.tlsPort(),
        ecdsa.chain(),
        Crowd.ONE);
  }

  WrkLoad wrk(int connections, boolean large) {
    Path folder = settings.output().resolve("run").resolve("wrk");
    return new WrkLoad(guard, tools, folder, connections, large);
  }

  /** Starts a balancer and waits for its first answer. */
  Running start(Balancer balancer, Scene scene) {
    return Starting.of(this, scene, balancer).running();
  }

  /** Starts a balancer and waits for nothing. */
  Running launch(Balancer balancer, Scene scene) {
    Path directory =
        settings.output().resolve("run").resolve(scene.name()).resolve(balancer.name());
    int port = ports.free(scene.crowd().listeners() + 1);
    Balancer.Launch launch = prepared(balancer, scene, directory, port);
    return new Running(
        balancer,
        Child.start(guard, directory, balancer.name(), launch.command(), launch.environment()),
        scene,
        port);
  }

  private static Balancer.Launch prepared(
      Balancer balancer, Scene scene, Path directory, int port) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return balancer.prepare(scene, directory, port);
  }

  /** All that can do the scene and start, at the same time; whoever asked closes each. */
  List<Running> startAll(Scene scene) {
    List<Running> launched = new ArrayList<>();
    for (Balancer balancer : balancers) {
      if (balancer.can(scene)) {
        try {
          launched.add(launch(balancer, scene));
        } catch (RuntimeException e) {
          failed(scene.name(), balancer, e);
        }
      }
    }
    List<Running> running = new ArrayList<>();
    for (Running one : launched) {
      try {
        one.awaitAnswer();
        running.add(one);
      } catch (RuntimeException e) {
        one.close();
        failed(scene.name(), one.balancer(), e);
      }
    }
    return running;
  }

  /** A balancer that is left out of a row. */
  void failed(String row, Balancer balancer, RuntimeException cause) {
    say("  %s is left out: %s".formatted(balancer.name(), cause.getMessage()));
    results.failed(row, "without " + balancer.name());
  }

  /**
   * Warms them up before they are measured: all at once, but for those that compile meanwhile,
   * which then have the processors for themselves.
   */
  void warm(List<Running> running, Load load) {
    List<Callable<Outcome>> together = new ArrayList<>();
    for (Running one : running) {
      if (one.balancer().warmUp().equals(Balancer.BRIEF)) {
        together.add(() -> load.run(one.target(backend), Balancer.BRIEF));
      }
    }
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Outcome> one : each.invokeAll(together)) {
        one.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("warming up failed: " + e.getCause(), e);
    }
    for (Running one : running) {
      if (!one.balancer().warmUp().equals(Balancer.BRIEF)) {
        load.run(one.target(backend), one.balancer().warmUp());
      }
    }
  }

  /** Measures each in every round, beginning with another one in each. */
  void rounds(String row, List<Running> running, Load load, Duration window) {
    rounds(
        row,
        running,
        one -> load.run(one.target(backend), window),
        (one, round, outcome) ->
            Sample.of(row, one.balancer(), round, outcome, one.child().tree().residentKib()));
  }

  /** The same with a measurement of one's own. */
  <T> void rounds(
      String row, List<Running> running, Function<Running, T> measure, Sampling<T> sampling) {
    Map<Running, Double> before = new HashMap<>();
    running.forEach(one -> before.put(one, one.child().tree().beyondTicksMicros()));
    List<Running> order = new ArrayList<>(running);
    for (int round = 1; round <= settings.rounds(); round++) {
      if (round > 1 && !timeLeft()) {
        results.failed(row, "only %d rounds: the time was up".formatted(round - 1));
        return;
      }
      for (Running one : order) {
        one.child().requireAlive();
        results.add(sampling.of(one, round, measure.apply(one)));
      }
      Collections.rotate(order, 1);
    }
    before.forEach(
        (one, micros) -> results.clocksApart(one.child().tree().beyondTicksMicros() - micros));
  }

  /** Draws what it does while that load is on it, instead of measuring it. */
  void record(String row, Running running, Load load) {
    Path output = settings.output().resolve("flames");
    Path drawn = new Recording(guard, output).draw(row, running, load, backend, settings.window());
    say("  " + drawn);
  }

  boolean timeLeft() {
    return progress.elapsed().compareTo(settings.limit()) < 0;
  }

  /** Lets buffers be freed, timers run, collectors collect. */
  static void settle() {
    Pause.of(SETTLING);
  }

  @Override
  public void close() {
    clients.close();
    guard.close();
  }

  /** What a measurement of one balancer in one round comes to. */
  interface Sampling<T> {
    Sample of(Running one, int round, T measured);
  }
}
