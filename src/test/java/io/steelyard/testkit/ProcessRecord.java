package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.flow.ConnectFailure;
import io.steelyard.flow.Flow;
import io.steelyard.flow.Refusal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What a process tells of its flows: each that has ended by a line of its access log, all else by
 * its metrics. Thread-safe.
 */
final class ProcessRecord {

  private final SteelyardProcess process;
  private final Path log;
  private final List<Flow> ended = new ArrayList<>();
  private final Set<Long> ids = new HashSet<>();
  private long readBytes;
  private Scrape last = new Scrape(List.of());

  ProcessRecord(SteelyardProcess process) {
    this.process = process;
    this.log = process.process().outFile();
  }

  RecordingObserver observer() {
    return new RecordingObserver(
        new RecordingObserver.Lists(
            Told.counted(() -> count("listener_connections_total"), this::ended),
            Told.list(this::ended),
            Told.counted(() -> count("tls_handshakes_total"), this::handshakes),
            Told.list(this::refusals),
            Told.list(this::connectFailures),
            Told.counted(() -> count("backend_retries_total"), this::retriedOn),
            Told.counted(() -> count("listener_connections_total"), List::of),
            Told.counted(() -> count("backend_connect_duration_seconds_count"), List::of)));
  }

  int count(String name, String... labels) {
    return (int) metrics().sum("steelyard_" + name, labels);
  }

  /** The metrics of now; of a process that has ended the last that were asked for. */
  synchronized Scrape metrics() {
    if (process.process().isAlive()) {
      try {
        last = process.metrics();
      } catch (UncheckedIOException e) {
        assertThat(process.process().hasEnded()).as("metrics: %s", e).isTrue();
      }
    }
    return last;
  }

  /** Whether nothing is open and every flow that has ended stands in the log. */
  boolean isComplete() {
    Scrape now = metrics();
    return now.sum("steelyard_listener_connections_closed_total") == ended().size();
  }

  /** In the order of the log. */
  synchronized List<Flow> ended() {
    readOn();
    return List.copyOf(ended);
  }

  private void readOn() {
    String added;
    try (FileChannel file = FileChannel.open(log)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) (file.size() - readBytes));
      file.read(bytes, readBytes);
      added = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String whole = added.substring(0, added.lastIndexOf('\n') + 1);
    readBytes += whole.getBytes(StandardCharsets.UTF_8).length;
    whole.lines().map(JsonObject::new).map(LoggedFlow::of).forEach(this::add);
  }

  private void add(Flow flow) {
    assertThat(ids.add(flow.id())).as("flow %d ended once", flow.id()).isTrue();
    ended.add(flow);
  }

  private List<Flow> handshakes() {
    return ended().stream().filter(flow -> flow.tls() != null).toList();
  }

  private List<Refusal> refusals() {
    return byReason("listener_connections_rejected_total", Refusal.values(), Refusal::label);
  }

  private List<ConnectFailure> connectFailures() {
    return byReason(
        "backend_connect_failures_total", ConnectFailure.values(), ConnectFailure::label);
  }

  private <T> List<T> byReason(String name, T[] reasons, Function<T, String> label) {
    Scrape now = metrics();
    List<T> all = new ArrayList<>();
    for (T reason : reasons) {
      int times = (int) now.sum("steelyard_" + name, "reason=\"" + label.apply(reason) + "\"");
      all.addAll(Collections.nCopies(times, reason));
    }
    return all;
  }

  /** The log names the last backend tried: exact where nothing was tried more than twice. */
  private List<String> retriedOn() {
    return ended().stream()
        .flatMap(
            flow ->
                Collections.nCopies(Math.max(0, flow.tries() - 1), String.valueOf(flow.backend()))
                    .stream())
        .toList();
  }
}
