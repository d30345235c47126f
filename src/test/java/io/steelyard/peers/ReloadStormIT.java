package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.Scrape;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 reloads in a minute, of every kind of change, while 500 held TLS flows stand and new ones
 * come as fast as one client makes them: nobody notices. What was seen is written to {@code
 * target/reload-storm.txt}.
 */
class ReloadStormIT {

  private static final int RELOADS = 200;
  private static final int PERIOD_MILLIS = 300;
  private static final int HELD = 500;
  private static final int AT_ONCE = 25;

  /** As many kinds of document as there are kinds of change. */
  private static final int KINDS = 10;

  /** Two rounds of all kinds make every class, thread and buffer that the rest needs. */
  private static final int WARM_UP = 2 * KINDS;

  private static final long MAY_GROW_BYTES = 5L << 20;
  private static final Path REPORT = Path.of("target", "reload-storm.txt");

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();
  private final int secondPort = LoopbackPorts.free();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private Nginx one;
  private Nginx two;
  private Nginx three;

  @BeforeEach
  void start() {
    TestCertificates.Authority authority = TestCertificates.authority("ca");
    authority.writePem(directory, "ca");
    authority.issueEc("localhost", "localhost").writePem(directory, "web");
    authority.issueEc("localhost", "localhost").writePem(directory, "renewed");
    one = Nginx.named(directory, "one");
    two = Nginx.named(directory, "two");
    three = Nginx.named(directory, "three");
  }

  @AfterEach
  void stop() {
    clock.shutdownNow();
    one.close();
    two.close();
    three.close();
  }

  @Test
  void reloads_twoHundredInAMinuteUnderTraffic_areNoticedByNobody() throws Exception {
    try (SteelyardProcess steelyard =
            SteelyardProcess.in(directory)
                .set("STEELYARD_EVENT_LOOPS", "2")
                .set("STEELYARD_ACCESS_LOG_FILE", "off")
                .serve(document(0));
        KeptFlows held = new KeptFlows(directory.resolve("ca.crt"), port);
        KeptFlows fresh = new KeptFlows(directory.resolve("ca.crt"), port)) {
      held.open(HELD);
      AtomicBoolean enough = new AtomicBoolean();
      AtomicInteger opened = new AtomicInteger();
      CompletableFuture<Void> traffic =
          CompletableFuture.runAsync(
              () -> {
                while (!enough.get()) {
                  fresh.open(AT_ONCE);
                  opened.addAndGet(AT_ONCE);
                  fresh.closeAll();
                }
              });

      reload(steelyard, 1, WARM_UP);
      Seen before = seen(steelyard);
      int openedBefore = opened.get();
      long startNanos = System.nanoTime();
      reload(steelyard, WARM_UP + 1, WARM_UP + RELOADS);
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      int openedMeanwhile = opened.get() - openedBefore;
      Seen after = seen(steelyard);
      enough.set(true);
      traffic.get(60, TimeUnit.SECONDS);

      held.askAll();
      assertThat(held.connected()).isEqualTo(HELD);
      Scrape metrics = steelyard.metrics();
      report(seconds, openedMeanwhile, before, after);
      assertThat(metrics.sum("steelyard_config_reloads_total", "result=\"failure\"")).isZero();
      assertThat(metrics.sum("steelyard_config_reloads_total", "result=\"success\""))
          .isGreaterThanOrEqualTo(RELOADS);
      assertThat(metrics.sum("steelyard_listener_connections_rejected_total")).isZero();
      for (String cause : List.of("drain", "error", "no_backend", "connect_failed", "admin")) {
        assertThat(
                metrics.sum(
                    "steelyard_listener_connections_closed_total", "cause=\"" + cause + "\""))
            .as(cause)
            .isZero();
      }
      assertThat(metrics.sum("steelyard_tls_handshake_failures_total")).isZero();
      assertThat(after.counters).isGreaterThanOrEqualTo(before.counters + openedMeanwhile);
      if (SteelyardProcess.runtime().equals("jvm")) {
        assertThat(after.usedBytes - before.usedBytes).isLessThan(MAY_GROW_BYTES);
        // One a group in force, and those that a lease or a dial of that moment still holds.
        assertThat(after.rosters).isLessThanOrEqualTo(before.rosters + 2);
      }
    }
  }

  private void reload(SteelyardProcess steelyard, int first, int last) throws Exception {
    double countedBefore = 0;
    for (int i = first; i <= last; i++) {
      CompletableFuture<Void> due = new CompletableFuture<>();
      clock.schedule(() -> due.complete(null), PERIOD_MILLIS, TimeUnit.MILLISECONDS);
      if (i % KINDS == 7) {
        renew(i % (2 * KINDS) == 7 ? "renewed" : "web");
      }
      Path next = directory.resolve("next.yaml");
      Files.writeString(next, document(i));
      Files.move(
          next,
          directory.resolve("steelyard.yaml"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      steelyard.process().signal("HUP");
      due.get(10, TimeUnit.SECONDS);
      if (i % KINDS == 0) {
        double counted = total(steelyard.metrics());
        assertThat(counted).as("counters after reload %d", i).isGreaterThanOrEqualTo(countedBefore);
        countedBefore = counted;
      }
    }
    String sha256 = sha256(document(last));
    Patience.await()
        .until(() -> steelyard.metrics().has("steelyard_config_info", "sha256=\"" + sha256 + "\""));
  }

  private static double total(Scrape metrics) {
    return metrics.sum("steelyard_listener_connections_total", "listener=\"web\"");
  }

  /** Another pair under the same file names. */
  private void renew(String from) throws IOException {
    for (String suffix : List.of(".crt", ".key")) {
      Path next = directory.resolve("next" + suffix);
      Files.copy(directory.resolve(from + suffix), next, StandardCopyOption.REPLACE_EXISTING);
      Files.move(next, directory.resolve("served" + suffix), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The i-th document: every kind of change comes round. */
  private String document(int i) throws IOException {
    if (i == 0) {
      renew("web");
    }
    int kind = i % KINDS;
    String second =
        kind == 3 || kind == 4
            ? "  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
                + secondPort
                + ", server-group: app}\n"
            : "";
    String third = kind == 1 || kind == 2 ? "      - {address: \"" + three.address() + "\"}\n" : "";
    return String.format(
        Locale.ROOT,
        """
        # document %d
        listeners:
          - name: web
            protocol: tcpssl
            address: 127.0.0.1
            port: %d
            server-group: app
            max-connections: %d
            idle-timeout: %ds
            access: {mode: allow, ip-groups: [here]}
            tls: {policy: %s, certificates: [served]}
        %sip-groups:
          - {name: here, addresses: [127.0.0.0/8, 198.51.100.%d]}
        certificates:
          - {name: served, certificate: served.crt, key: served.key}
        server-groups:
          - name: app
            scheduler: %s
            retries: %d
            backends:
              - {address: "%s", weight: %d}
              - {address: "%s", weight: %d}
        %s\
            health-check: {type: http, interval: %ds}
        """,
        i,
        port,
        kind == 5 ? 20_000 : 30_000,
        kind == 5 ? 800 : 900,
        kind == 6 ? "modern" : "intermediate",
        second,
        kind == 8 ? i % 200 : 1,
        kind == 9 ? "weighted-least-connections" : "weighted-round-robin",
        kind == 9 ? 2 : 3,
        one.address(),
        100 - kind,
        two.address(),
        50 + kind,
        third,
        kind == 9 ? 10 : 5);
  }

  private static String sha256(String text) throws Exception {
    return java.util.HexFormat.of()
        .formatHex(
            java.security.MessageDigest.getInstance("SHA-256")
                .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /**
   * The process at one moment.
   *
   * @param usedBytes of the heap after a full collection; of the resident memory where there is no
   *     such command
   * @param rosters alive
   */
  private record Seen(long usedBytes, long residentKib, long rosters, double counters) {}

  private Seen seen(SteelyardProcess steelyard) {
    PeerProcess process = steelyard.process();
    double counters = total(steelyard.metrics());
    if (!SteelyardProcess.runtime().equals("jvm")) {
      return new Seen(process.residentKib() << 10, process.residentKib(), 0, counters);
    }
    jcmd(process, "GC.run");
    // Of all live objects: the histogram collects before it counts.
    String histogram = jcmd(process, "GC.class_histogram");
    long total = number(histogram, "(?m)^Total\\s+\\d+\\s+(\\d+)");
    long rosters =
        number(histogram, "(\\d+)\\s+\\d+\\s+io\\.steelyard\\.backend\\.Roster\\b(?!\\$)");
    return new Seen(total, process.residentKib(), rosters, counters);
  }

  private static long number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private String jcmd(PeerProcess jvm, String command) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try (PeerProcess asked =
        PeerProcess.start(directory, List.of(jcmd, Long.toString(jvm.pid()), command))) {
      assertThat(asked.exit()).as(asked.printed()).isZero();
      return asked.out();
    }
  }

  private static void report(double seconds, int opened, Seen before, Seen after)
      throws IOException {
    Files.writeString(
        REPORT,
        String.format(
            Locale.ROOT,
            "%d reloads in %.1f s (%s); meanwhile %d new flows (%.0f/s) and %d held, none failed or"
                + " cut; live heap %d KiB before, %d KiB after; resident %d KiB before, %d KiB"
                + " after; rosters alive %d before, %d after%n",
            RELOADS,
            seconds,
            SteelyardProcess.runtime(),
            opened,
            opened / seconds,
            HELD,
            before.usedBytes >> 10,
            after.usedBytes >> 10,
            before.residentKib,
            after.residentKib,
            before.rosters,
            after.rosters));
  }
}
