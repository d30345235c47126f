package io.steelyard;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.steelyard.command.CommandLine;
import io.steelyard.command.EngineSetting;
import io.steelyard.command.ExitCode;
import io.steelyard.command.Product;
import io.steelyard.command.Terminal;
import io.steelyard.command.UsualDocument;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problems;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.DocumentStore;
import io.steelyard.control.DrainTimes;
import io.steelyard.control.First;
import io.steelyard.control.Revision;
import io.steelyard.control.Source;
import io.steelyard.control.Status;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.listener.BoundPort;
import io.steelyard.machine.LimitsReport;
import io.steelyard.machine.MachineLimits;
import io.steelyard.machine.ProcessAge;
import io.steelyard.machine.Transport;
import io.steelyard.tls.TlsHandling;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Serves until a signal ends it: the commands {@code run} and {@code demo}, once Quarkus is up. */
@Singleton
public final class RunCommand implements QuarkusApplication {

  private static final Logger LOG = Logger.getLogger(Steelyard.class);

  private static final long READY_CHECK_MILLIS = 50;

  /** For what a drain takes beside its times. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final Instance<Settings> settings;
  private final Instance<Balancer> balancer;
  private final ProcessDrain processDrain;
  private final Terminal terminal = new Terminal(System.out, System.err);

  RunCommand(
      Vertx vertx,
      Instance<Settings> settings,
      Instance<Balancer> balancer,
      ProcessDrain processDrain) {
    this.processDrain = processDrain;
    this.vertx = vertx;
    this.settings = settings;
    this.balancer = balancer;
  }

  /** Starts, waits for the end, and returns the {@link ExitCode}. */
  @Override
  public int run(String... args) {
    try {
      serve(CommandLine.parse(args));
    } catch (StartFailure e) {
      e.lines().forEach(terminal.err()::println);
      return ExitCode.PROBLEM;
    }
    Quarkus.waitForExit();
    return ExitCode.OK;
  }

  private void serve(CommandLine command) {
    Settings checked = settings.get();
    String missing = checked.engine().unavailable();
    if (!missing.isEmpty()) {
      throw new StartFailure(EngineSetting.missing(checked.engine(), missing));
    }
    checkSigner(checked);
    Transport transport = Transport.of(vertx);
    if (transport.missing().isPresent()) {
      throw new StartFailure("epoll cannot be used: " + transport.missing().get());
    }
    SystemdNotify manager = SystemdNotify.ofEnvironment();
    if (command instanceof CommandLine.Run run) {
      DocumentStore store = new DocumentStore(file(run, checked), checked.admin().writeBack());
      ConfigReader.Reading started = start(read(store), Optional.of(store));
      started.problems().all().forEach(warning -> LOG.warn(warning.text()));
      started.document().ifPresent(RunCommand::tellLimits);
      balancer.get().controller().whenApplied(RunCommand::tellShortages);
      end(checked.drain(), manager);
    } else {
      Demo demo = Demo.prepare(vertx, checked.demoPort());
      // Its warnings are about the throw-away certificate: nobody can, or need, do anything about
      // it.
      demo.explainTakenPort(() -> start(demo.document(), Optional.empty()));
      end(DrainTimes.AT_ONCE, manager);
      demo.invite(terminal);
    }
    LOG.info(startLine(checked, transport));
    tellWhenReady(manager);
  }

  private void checkSigner(Settings checked) {
    if (checked.handling().of(checked.engine()) != TlsHandling.NATIVE) {
      return;
    }
    String missing = balancer.get().signing().unavailable();
    if (!missing.isEmpty()) {
      throw new StartFailure(
          "steelyard.rsa-signer=" + checked.rsaSigner().text() + " cannot be used: " + missing);
    }
  }

  /**
   * Not before the first probes have ended: the process before this one may be stopped upon it, and
   * flows then come here alone.
   */
  private void tellWhenReady(SystemdNotify manager) {
    if (balancer.get().controller().status().readiness().probed()) {
      manager.ready();
      return;
    }
    vertx.setTimer(READY_CHECK_MILLIS, timer -> tellWhenReady(manager));
  }

  private static DocumentFile read(DocumentStore store) {
    try {
      return store.read();
    } catch (DocumentFile.Unreadable e) {
      throw new StartFailure(e.reason());
    }
  }

  private static Path file(CommandLine.Run run, Settings settings) {
    return run.config()
        .or(settings::config)
        .or(UsualDocument::find)
        .orElseThrow(
            () ->
                new StartFailure(
                    UsualDocument.missing() + "; the command `demo` runs without one"));
  }

  private static void tellLimits(BalancerDocument document) {
    LOG.info(limits(document).summary());
    tellShortages(document);
  }

  private static void tellShortages(BalancerDocument document) {
    limits(document).shortages().forEach(shortage -> LOG.warn(shortage.text()));
  }

  private static LimitsReport limits(BalancerDocument document) {
    return LimitsReport.of(
        MachineLimits.read(Path.of("/")),
        LimitsReport.OwnMemory.now(),
        document,
        BoundPort.BACKLOG);
  }

  /** Puts the document into force; its problems are warnings. */
  private ConfigReader.Reading start(DocumentFile file, Optional<DocumentStore> store) {
    ConfigReader.Reading reading = file.parse();
    Problems problems = reading.problems();
    if (reading.document().isEmpty()) {
      throw new StartFailure(problems);
    }
    BalancerDocument document = reading.document().get();
    if (await(balancer.get().start(new First(document, file, store), problems)).isEmpty()) {
      throw new StartFailure(problems);
    }
    return reading;
  }

  /** On the main thread, which nothing waits for. */
  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException e) {
      throw new StartFailure("start failed: " + e.getCause());
    }
  }

  private void end(DrainTimes times, SystemdNotify manager) {
    Signals signals =
        Signals.install(
            () -> {
              LOG.infof(
                  "draining delay=%s timeout=%s open-flows=%d",
                  times.delay(), times.timeout(), balancer.get().controller().status().openFlows());
              manager.stopping(times.delay().plus(times.timeout()).plus(SPARE));
              balancer.get().shutdown(times).onComplete(ended -> Quarkus.asyncExit(ExitCode.OK));
            },
            () -> {
              manager.reloading();
              // What became of it is logged where it is decided.
              balancer
                  .get()
                  .controller()
                  .reload(new Source(Source.Kind.SIGNAL, "HUP"))
                  .onComplete(done -> manager.ready());
            });
    processDrain.install(signals::drain);
  }

  private String startLine(Settings settings, Transport transport) {
    Status status = balancer.get().controller().status();
    return String.format(
        Locale.ROOT,
        "steelyard %s started runtime=%s engine=\"%s\" tls-handler=%s%s transport=%s event-loops=%d"
            + " listeners=%s revision=%d in=%.2fs",
        Product.VERSION,
        Product.runtime(),
        settings.engine().description(),
        settings.handling().of(settings.engine()).text(),
        balancer.get().signing().inUse().map(" rsa-signer=\"%s\""::formatted).orElse(""),
        transport.name(),
        settings.eventLoops(),
        status.listeners().stream()
            .filter(ListenerStatus::accepting)
            .map(RunCommand::shown)
            .collect(Collectors.joining(",")),
        status.revision().map(Revision::number).orElse(0L),
        ProcessAge.now().toMillis() / 1000.0);
  }

  private static String shown(ListenerStatus listener) {
    String address =
        listener.address().contains(":") ? "[" + listener.address() + "]" : listener.address();
    return listener.name()
        + "("
        + listener.protocol().name().toLowerCase(Locale.ROOT)
        + " "
        + address
        + ":"
        + listener.port()
        + ")";
  }
}
