package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.telemetry.AccessLogSettings.Target;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Writes one JSON line per ended flow, on a thread of its own. Event loops only put the flow into a
 * bounded queue; when writing cannot keep up, lines are dropped and counted, and flows never wait.
 */
public final class AccessLog implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(AccessLog.class);

  /** Some seconds of a busy machine's flows, at about half a kilobyte each. */
  private static final int QUEUE_FLOWS = 16_384;

  private static final int BATCH_FLOWS = 256;
  private static final long SAMPLE_STEPS = 1_000_000;

  /** Odd constant of SplitMix64: spreads consecutive flow ids over the sample. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final AccessLogSettings settings;
  private final OutputStream out;
  private final BlockingQueue<Flow> queue;
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;
  private boolean broken;

  private AccessLog(AccessLogSettings settings, OutputStream out, int queueFlows) {
    this.settings = settings;
    this.out = out;
    this.queue = new ArrayBlockingQueue<>(queueFlows);
    this.writer = Thread.ofPlatform().name("steelyard-access-log").daemon().unstarted(this::write);
  }

  /**
   * Opens the target (blocking) and starts the writing thread.
   *
   * @throws IOException where the file cannot be opened
   */
  public static AccessLog open(AccessLogSettings settings) throws IOException {
    return open(settings, stream(settings.target()), QUEUE_FLOWS);
  }

  static AccessLog open(AccessLogSettings settings, OutputStream out, int queueFlows) {
    AccessLog log = new AccessLog(settings, out, queueFlows);
    log.writer.start();
    return log;
  }

  private static OutputStream stream(Target target) throws IOException {
    return switch (target) {
      case Target.Off off -> OutputStream.nullOutputStream();
      // Not System.out: a print stream swallows the error that says its reader is gone.
      case Target.StandardOutput standard -> new FileOutputStream(FileDescriptor.out);
      // Not a channel: an interrupt, which is how close() wakes the thread, would close it.
      case Target.File file -> new FileOutputStream(file.path().toFile(), true);
    };
  }

  /**
   * Queues the line of an ended flow, unless the settings leave it out. Never blocks; any thread.
   */
  void ended(Flow flow) {
    if (settings.target() instanceof Target.Off || !isSampled(flow) || isLeftOut(flow)) {
      return;
    }
    if (closing || !queue.offer(flow)) {
      dropped.incrementAndGet();
    }
  }

  private boolean isSampled(Flow flow) {
    long step = Math.floorMod((flow.id() * SPREAD) >>> 1, SAMPLE_STEPS);
    return step < settings.sampleShare() * SAMPLE_STEPS;
  }

  /**
   * A client that came and went without a byte: a port scan, or the probe of something in front of
   * us.
   */
  private boolean isLeftOut(Flow flow) {
    if (settings.probes() || flow.receivedBytes() > 0 || flow.sentBytes() > 0) {
      return false;
    }
    FlowEnd how = flow.ended();
    if (how == FlowEnd.HANDSHAKE_FAILED) {
      // One that had shown its ClientHello is no scan: somebody wanted to be served.
      return flow.handshakeFailure() == HandshakeFailure.DISCONNECT
          && flow.sni() == null
          && flow.offeredAlpn().isEmpty();
    }
    return how == FlowEnd.CLIENT_END || how == FlowEnd.CLIENT_RESET;
  }

  /** Lines lost so far. Any thread. */
  public long droppedLines() {
    return dropped.get();
  }

  private void write() {
    List<Flow> batch = new ArrayList<>(BATCH_FLOWS);
    StringBuilder text = new StringBuilder();
    while (!closing || !queue.isEmpty()) {
      batch.clear();
      try {
        batch.add(queue.take());
      } catch (InterruptedException closed) {
        // The only interrupt is close(); what is queued is written below and in the next rounds.
        continue;
      }
      queue.drainTo(batch, BATCH_FLOWS - 1);
      text.setLength(0);
      batch.forEach(flow -> AccessLine.append(text, flow));
      write(text, batch.size());
    }
  }

  private void write(StringBuilder text, int lines) {
    try {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
      if (broken) {
        broken = false;
        LOG.info("access log is written again");
      }
    } catch (IOException e) {
      dropped.addAndGet(lines);
      if (!broken) {
        broken = true;
        LOG.warnf("access log cannot be written, lines are dropped reason=\"%s\"", e.getMessage());
      }
    }
  }

  /**
   * Writes what is queued and closes the file; later lines are dropped. Blocks for that long, at
   * most the patience given: a reader of standard output that has stopped reading must not keep the
   * process from ending.
   */
  public void close(Duration patience) {
    closing = true;
    writer.interrupt();
    try {
      if (writer.join(patience)) {
        closeFile();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeFile() {
    if (!(settings.target() instanceof Target.File)) {
      return;
    }
    try {
      out.close();
    } catch (IOException e) {
      LOG.warnf("access log cannot be closed reason=\"%s\"", e.getMessage());
    }
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(2));
  }
}
