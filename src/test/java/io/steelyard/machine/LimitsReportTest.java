package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.listener.BoundPort;
import io.steelyard.machine.LimitsReport.OwnMemory;
import io.steelyard.testkit.MachineFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each limit once within what the document asks for, and once not. */
class LimitsReportTest {

  private static final long MIB = 1 << 20;
  private static final OwnMemory SMALL = new OwnMemory(32 * MIB, 16 * MIB);

  @TempDir private Path root;
  private MachineFiles files;

  @BeforeEach
  void machine() {
    files = new MachineFiles(root);
  }

  @Test
  void report_generousMachine_hasNoShortage() {
    assertThat(report(document(20_000, 0)).shortages()).isEmpty();
  }

  @Test
  void summary_always_showsEachLimit() {
    files.put("sys/fs/cgroup/memory.max", "268435456");

    assertThat(report(document(10, 0)).summary())
        .isEqualTo(
            "limits open-files=1048576 backlog=4096 outgoing-ports=64512 memory=256MiB/cgroup-v2"
                + " heap=32MiB buffers=16MiB");
  }

  @Test
  void summary_nothingKnown_saysSo() {
    LimitsReport report =
        LimitsReport.of(
            MachineLimits.read(root.resolve("elsewhere")),
            SMALL,
            read(document(0, 0)),
            BoundPort.BACKLOG);

    assertThat(report.summary())
        .isEqualTo(
            "limits open-files=unlimited backlog=unknown outgoing-ports=unknown memory=unknown"
                + " heap=32MiB buffers=16MiB");
    assertThat(report.shortages()).isEmpty();
  }

  @Test
  void openFiles_twoForEachFlow_mustBeAllowed() {
    files.openFiles("40129");
    assertThat(report(document(20_000, 0)).shortages())
        .containsExactly(
            new Shortage(
                "open-files",
                "40129",
                "40130",
                "20000 flows of 2, 2 health checks, 128 of our own",
                "raise the hard limit of open files (ulimit -Hn, LimitNOFILE=, --ulimit nofile=),"
                    + " or lower max-connections"));

    files.openFiles("40130");
    assertThat(report(document(20_000, 0)).shortages()).isEmpty();
  }

  @Test
  void openFiles_listenerWithoutLimit_countsItsBacklog() {
    files.openFiles("1024");

    Shortage shortage = report(document(0, 0)).shortages().getFirst();

    assertThat(shortage.needed()).isEqualTo("8322");
    assertThat(shortage.reason()).endsWith("; without max-connections, counted as 4096: web");
  }

  @Test
  void openFiles_stoppedListener_needsNone() {
    files.openFiles("1024");

    assertThat(report(document(20_000, 0).replace("web,", "web, enabled: false,")).shortages())
        .isEmpty();
  }

  @Test
  void backlog_belowOurs_isAShortage() {
    files.put("proc/sys/net/core/somaxconn", "128");

    assertThat(texts(document(10, 0)))
        .containsExactly(
            "limit=net.core.somaxconn found=128 needed=4096 reason=\"clients that may wait to be"
                + " accepted by one listener\" change=\"sysctl net.core.somaxconn=4096\"");
  }

  @Test
  void outgoingPorts_moreFlowsThanPortsTimesBackends_areAShortage() {
    files.put("proc/sys/net/ipv4/ip_local_port_range", "32768\t42767");

    assertThat(report(document(20_000, 0)).shortages()).isEmpty();
    assertThat(report(document(20_001, 0)).shortages())
        .extracting(Shortage::limit, Shortage::found, Shortage::needed, Shortage::reason)
        .containsExactly(
            tuple(
                "net.ipv4.ip_local_port_range",
                "10000",
                "10001",
                "20001 flows to server group app over 2 backends"));
  }

  @Test
  void outgoingPorts_backendsLimitedThemselves_sufficeForTheirLimits() {
    files.put("proc/sys/net/ipv4/ip_local_port_range", "32768\t42767");

    assertThat(report(document(30_000, 10_000)).shortages()).isEmpty();
    assertThat(report(document(30_000, 10_001)).shortages()).hasSize(1);
  }

  @Test
  void outgoingPorts_backendsThatTakeNothingNew_doNotCount() {
    files.put("proc/sys/net/ipv4/ip_local_port_range", "32768\t42767");

    assertThat(report(document(20_000, 0).replace("weight: 7", "weight: 0")).shortages())
        .hasSize(1);
  }

  @Test
  void memory_heapAndBuffersAboveTheLimit_areAShortage() {
    files.put("sys/fs/cgroup/memory.max", Long.toString(256 * MIB));
    BalancerDocument document = read(document(10, 0));

    // A fifth of the limit, 51 MiB, is for neither.
    assertThat(
            LimitsReport.of(
                    limits(), new OwnMemory(140 * MIB, 64 * MIB), document, BoundPort.BACKLOG)
                .shortages())
        .isEmpty();
    assertThat(
            LimitsReport.of(
                    limits(), new OwnMemory(200 * MIB, 64 * MIB), document, BoundPort.BACKLOG)
                .shortages())
        .containsExactly(
            new Shortage(
                "memory",
                "256MiB",
                "315MiB",
                "heap 200MiB, buffers 64MiB, 51MiB besides; cgroup-v2",
                "lower -Xmx or -Dio.netty.maxDirectMemory, or allow more memory"));
  }

  @Test
  void memory_flowsAboveTheLimit_areAShortage() {
    files.put("sys/fs/cgroup/memory.max", Long.toString(256 * MIB));

    // 60 MiB for the process, 64 flows a MiB.
    assertThat(report(document(12_544, 0)).shortages()).isEmpty();
    assertThat(report(document(12_608, 0)).shortages())
        .containsExactly(
            new Shortage(
                "memory",
                "256MiB",
                "257MiB",
                "12608 flows, idle; cgroup-v2",
                "lower max-connections, or allow more memory"));
  }

  private LimitsReport report(String document) {
    return LimitsReport.of(limits(), SMALL, read(document), BoundPort.BACKLOG);
  }

  private List<String> texts(String document) {
    return report(document).shortages().stream().map(Shortage::text).toList();
  }

  private MachineLimits limits() {
    return MachineLimits.read(root);
  }

  private static String document(int listenerLimit, int backendLimit) {
    return """
    listeners:
      - {name: web, protocol: tcp, port: 8443, max-connections: %d, server-group: app}
    server-groups:
      - name: app
        backends:
          - {address: "10.0.0.11:8080", max-connections: %d}
          - {address: "10.0.0.12:8080", max-connections: %d, weight: 7}
    """
        .formatted(listenerLimit, backendLimit, backendLimit);
  }

  private static BalancerDocument read(String text) {
    ConfigReader.Reading reading =
        ConfigReader.read(
            text.getBytes(StandardCharsets.UTF_8), "test.yaml", Path.of("/"), name -> null);
    assertThat(reading.problems().all()).isEmpty();
    return reading.document().orElseThrow();
  }
}
