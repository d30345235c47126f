package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.telemetry.AccessLogSettings.Target;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Writes one JSON line per ended flow, on a thread of its own, some {@value #GATHER_MILLIS} ms
 * after the end: what has gathered by then is one write. Event loops only put the flow into a
 * bounded queue; when writing cannot keep up, lines are dropped and counted, and flows never wait.
 * While no flow ends, nothing runs.
 */
public final class AccessLog implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(AccessLog.class);

  /** Some seconds of a busy machine's flows, at about half a kilobyte each. */
  private static final int QUEUE_FLOWS = 16_384;

  /** Flows that end within so long share a wake-up and a write; a reader of the log waits less. */
  private static final long GATHER_MILLIS = 50;

  /** What one write takes at most, but for a line that is longer by itself. */
  private static final int WRITE_BYTES = 64 * 1024;

  /** Room for the usual line behind the last one that still fits. */
  private static final int LINE_BYTES = 2048;

  private static final long SAMPLE_STEPS = 1_000_000;

  /** Odd constant of SplitMix64: spreads consecutive flow ids over the sample. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final AccessLogSettings settings;
  private final boolean isOff;
  private final double sampleSteps;
  private final OutputStream out;
  private final EndedFlows queue;
  private final LineBytes text = new LineBytes(WRITE_BYTES);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer;
  private volatile boolean closing;
  private boolean broken;

  private AccessLog(AccessLogSettings settings, OutputStream out, int queueFlows) {
    this.settings = settings;
    this.isOff = settings.target() instanceof Target.Off;
    this.sampleSteps = settings.sampleShare() * SAMPLE_STEPS;
    this.out = out;
    this.queue = new EndedFlows(queueFlows);
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
      case Target.File file -> new FileOutputStream(file.path().toFile(), true);
    };
  }

  /**
   * Queues the line of an ended flow, unless the settings leave it out. Never blocks; any thread.
   */
  void ended(Flow flow) {
    if (isOff || !isSampled(flow) || isLeftOut(flow)) {
      return;
    }
    if (closing || !queue.offer(flow, writer)) {
      dropped.incrementAndGet();
    }
  }

  private boolean isSampled(Flow flow) {
    return sampleSteps >= SAMPLE_STEPS
        || Math.floorMod((flow.id() * SPREAD) >>> 1, SAMPLE_STEPS) < sampleSteps;
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
    BooleanSupplier isClosing = () -> closing;
    while (!closing || !queue.isEmpty()) {
      queue.awaitFirst(isClosing);
      do {
        queue.gather(TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS), isClosing);
      } while (writeQueued() > 0);
    }
  }

  /** Writes the lines of the flows that are queued, and returns how many they were. */
  private int writeQueued() {
    int all = 0;
    int lines = 0;
    for (Flow flow = queue.poll(); flow != null; flow = queue.poll()) {
      all++;
      lines += append(flow);
      if (text.length() > WRITE_BYTES - LINE_BYTES) {
        flush(lines);
        lines = 0;
      }
    }
    if (lines > 0) {
      flush(lines);
    }
    return all;
  }

  /** Appends the line to what will be written, and returns how many that were. */
  private int append(Flow flow) {
    int before = text.length();
    try {
      AccessLine.append(text, flow);
      return 1;
    } catch (RuntimeException e) {
      // A client's certificate is parsed as late as here. One strange line must not end the log.
      text.cut(before);
      dropped.incrementAndGet();
      LOG.warnf(e, "access log line cannot be made, it is dropped flow=%d", flow.id());
      return 0;
    }
  }

  private void flush(int lines) {
    try {
      out.write(text.buffer(), 0, text.length());
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
    text.cut(0);
  }

  /**
   * Writes what is queued and closes the file; later lines are dropped. Blocks for that long, at
   * most the patience given: a reader of standard output that has stopped reading must not keep the
   * process from ending.
   */
  public void close(Duration patience) {
    closing = true;
    LockSupport.unpark(writer);
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
