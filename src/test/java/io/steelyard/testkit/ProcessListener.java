package io.steelyard.testkit;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.steelyard.backend.BackendState;
import io.steelyard.config.BalancerDocument;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The same listener in a process of its own, started with a document that says what the records
 * say. It must end with 0 when it is told to, and have logged no bug.
 */
final class ProcessListener implements ListenerForm {

  /** What a stack trace, a forgotten buffer or an event that nothing handles looks like. */
  private static final String[] BUGS = {
    "Exception", "\tat ", "LEAK", "tail of the pipeline", "Unhandled"
  };

  private final Path directory;
  private final int port;
  private final SteelyardProcess process;
  private final ProcessRecord record;
  private final RecordingObserver observer;
  private final HeldMemory memory;
  private boolean isTerminated;

  /**
   * @param document its first listener is at that port
   */
  ProcessListener(
      BalancerDocument document, TlsEngine engine, TlsHandling handling, Duration drain) {
    port = document.listeners().getFirst().port();
    try {
      directory = Files.createTempDirectory("steelyard-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process =
        SteelyardProcess.in(directory)
            .set("STEELYARD_EVENT_LOOPS", "2")
            .set("STEELYARD_TLS_ENGINE", engine.name().toLowerCase(Locale.ROOT))
            .set("STEELYARD_TLS_HANDLER", handling.name().toLowerCase(Locale.ROOT))
            .set("STEELYARD_DRAIN_TIMEOUT", drain.toString())
            .set("STEELYARD_ACCESS_LOG_PROBES", "true")
            .jvm("-Dio.netty.leakDetection.level=paranoid")
            .serve(DocumentText.of(document));
    record = new ProcessRecord(process);
    observer = record.observer();
    memory = HeldMemory.growthOf(process.process());
  }

  @Override
  public RecordingObserver observer() {
    return observer;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public int openFlows() {
    return process.process().isAlive() ? record.count("listener_connections") : 0;
  }

  @Override
  public int leases() {
    return process.process().isAlive() ? record.count("backend_connections") : 0;
  }

  /** Flows that are open and have no lease: what keeps them from one is that there is none free. */
  @Override
  public int waiting() {
    Scrape now = record.metrics();
    return process.process().isAlive()
        ? (int)
            (now.sum("steelyard_listener_connections") - now.sum("steelyard_backend_connections"))
        : 0;
  }

  @Override
  public long leasesTotal(String backend) {
    return record.count("backend_connections_total", label(backend));
  }

  @Override
  public long sentBytes() {
    return (long) record.metrics().sum("steelyard_listener_sent_bytes_total");
  }

  @Override
  public BackendState state(String backend) {
    Scrape now = record.metrics();
    return Arrays.stream(BackendState.values())
        .filter(
            state ->
                now.sum(
                        "steelyard_backend_state",
                        label(backend),
                        "state=\"" + state.label() + "\"")
                    == 1)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public String healthReason(String backend) {
    List<String> flips =
        process
            .log()
            .lines()
            .filter(line -> line.contains(" backend=" + backend + " reason="))
            .toList();
    return flips.isEmpty() ? "" : flips.getLast().replaceFirst(".* reason=([^ ]+).*", "$1");
  }

  @Override
  public List<String> logged() {
    return process
        .log()
        .lines()
        .dropWhile(line -> !line.contains(" started runtime="))
        .skip(1)
        .toList();
  }

  private static String label(String backend) {
    return "backend=\"" + backend + "\"";
  }

  /** Those whose threads have had at least a tenth of the processor time of the busiest one. */
  @Override
  public Set<Integer> loops() {
    List<Long> nanos = process.process().eventLoopNanos();
    long most = Collections.max(nanos);
    return IntStream.range(0, nanos.size())
        .filter(loop -> nanos.get(loop) >= most / 10)
        .boxed()
        .collect(toCollection(TreeSet::new));
  }

  @Override
  public HeldMemory memory() {
    return memory;
  }

  @Override
  public CompletableFuture<Void> drain() {
    cut();
    return CompletableFuture.runAsync(() -> process.process().exit());
  }

  /** How long open flows then have is what the process was started with. */
  @Override
  public void cut() {
    record.metrics();
    // A second one would end the process at once instead of in its own time.
    if (!isTerminated) {
      isTerminated = true;
      process.process().signal("TERM");
    }
  }

  @Override
  public boolean isTold() {
    return !process.process().isAlive() || record.isComplete();
  }

  @Override
  public void close() {
    try (process) {
      if (process.process().isAlive()) {
        cut();
      }
      assertThat(process.process().exit()).as("exit code").isZero();
      assertThat(process.log()).doesNotContain(BUGS);
      record.ended();
    } finally {
      delete();
    }
  }

  private void delete() {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      fail("cannot clean up", e);
    }
  }
}
