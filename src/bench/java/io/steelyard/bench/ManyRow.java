package io.steelyard.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Full handshakes of a balancer that holds a thousand or more of everything, over those of one that
 * holds one; and how long its start takes, and a reload that adds a listener.
 */
record ManyRow() implements Row {

  private static final int BACKENDS = 1_000;
  private static final int LISTENERS = 1_000;
  private static final int CERTIFICATES = 10_000;
  private static final int NETWORKS = 100_000;

  @Override
  public int number() {
    return 8;
  }

  @Override
  public String name() {
    return "many";
  }

  @Override
  public String title() {
    return "full handshake with 1,000 backends and listeners, 10,000 SNI certificates, 100,000 CIDRs";
  }

  @Override
  public List<Goal> goals() {
    return List.of(Goal.atMost(Measure.TIMES_ONE, 1.10));
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.CPU,
        Measure.CPU_ONE,
        Measure.TIMES_ONE,
        Measure.START,
        Measure.RELOAD,
        Measure.RESIDENT,
        Measure.FAILURES);
  }

  @Override
  public void run(Stage stage) {
    Path folder = Certificates.many(stage.settings().cache(), CERTIFICATES);
    Crowd crowd = new Crowd(BACKENDS, LISTENERS, CERTIFICATES, NETWORKS, folder);
    Path directory = stage.settings().output().resolve("run").resolve("many-backend");
    try (Backend backend =
        Backend.start(
            stage.guard(),
            stage.tools(),
            directory,
            stage.ports(),
            stage.certificate(),
            crowd.backendAddresses())) {
      Scene scene = stage.terminating(name()).withCrowd(name(), crowd, backend.port());
      List<Pair> pairs = new ArrayList<>();
      List<Running> ones = stage.startAll(stage.terminating("one"));
      try {
        for (Running one : ones) {
          if (one.balancer().can(scene)) {
            try {
              Starting many = Starting.of(stage, scene, one.balancer());
              pairs.add(new Pair(one, many.running(), many.millis()));
            } catch (RuntimeException e) {
              stage.failed(name(), one.balancer(), e);
            }
          }
        }
        measure(stage, pairs);
      } finally {
        ones.forEach(Running::close);
        pairs.forEach(pair -> pair.many().close());
      }
    }
  }

  private void measure(Stage stage, List<Pair> pairs) {
    Map<Running, Pair> byMany = new IdentityHashMap<>();
    pairs.forEach(pair -> byMany.put(pair.many(), pair));
    Load one = new HandshakeLoad(stage.clients(), false, () -> Certificates.NAME);
    Load many = new HandshakeLoad(stage.clients(), false, anyHost());
    stage.warm(pairs.stream().map(Pair::one).toList(), one);
    stage.warm(pairs.stream().map(Pair::many).toList(), many);
    stage.rounds(
        name(),
        pairs.stream().map(Pair::many).toList(),
        running ->
            new Two(
                one.run(
                    byMany.get(running).one().target(stage.backend()), stage.settings().window()),
                many.run(running.target(stage.backend()), stage.settings().window())),
        (running, round, two) ->
            Sample.of(name(), running.balancer(), round, values(byMany.get(running), two)));
    pairs.forEach(pair -> reload(stage, pair.many()));
  }

  private void reload(Stage stage, Running many) {
    try {
      Reload.millis(many)
          .ifPresent(
              millis ->
                  stage
                      .results()
                      .add(Sample.of(name(), many.balancer(), 0, Map.of(Measure.RELOAD, millis))));
    } catch (RuntimeException e) {
      stage.say("  %s does not reload: %s".formatted(many.balancer().name(), e.getMessage()));
      stage.results().failed(name(), "no reload of " + many.balancer().name());
    }
  }

  private static Map<Measure, Double> values(Pair pair, Two two) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    double cpuOne = two.one().cpuMicrosPerOperation();
    values.put(Measure.CPU, two.many().cpuMicrosPerOperation());
    values.put(Measure.CPU_ONE, cpuOne);
    values.put(Measure.TIMES_ONE, two.many().cpuMicrosPerOperation() / cpuOne);
    values.put(Measure.START, pair.startMillis());
    values.put(Measure.RESIDENT, pair.many().child().tree().residentKib() / 1024.0);
    values.put(Measure.FAILURES, (double) two.one().failures() + two.many().failures());
    return values;
  }

  private static Supplier<String> anyHost() {
    return () -> Certificates.hostName(ThreadLocalRandom.current().nextInt(CERTIFICATES));
  }

  /** Outcomes of the same round. */
  private record Two(Outcome one, Outcome many) {}

  /** The same balancer twice. */
  private record Pair(Running one, Running many, double startMillis) {}
}
