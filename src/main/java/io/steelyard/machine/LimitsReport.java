package io.steelyard.machine;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The limits of this process held against what a document asks for.
 *
 * @param summary the limits, for the log
 * @param shortages contradictions, none where the document fits
 */
public record LimitsReport(String summary, List<Shortage> shortages) {

  /** The client's socket and the backend's. */
  private static final int FILES_PER_FLOW = 2;

  /**
   * Event loops, listening sockets, log, management: what an idle process has open, and as much
   * again.
   */
  private static final int OWN_FILES = 128;

  public LimitsReport {
    shortages = List.copyOf(shortages);
  }

  /**
   * Memory that this process allows itself.
   *
   * @param heapBytes at most
   * @param directBytes of Netty's buffers, at most
   */
  public record OwnMemory(long heapBytes, long directBytes) {

    /** In force now; initialises Netty. */
    public static OwnMemory now() {
      return new OwnMemory(Runtime.getRuntime().maxMemory(), DirectMemory.boundBytes());
    }
  }

  /**
   * Compares them.
   *
   * @param backlog clients that a listening socket asks the kernel to let wait
   */
  public static LimitsReport of(
      MachineLimits machine, OwnMemory own, BalancerDocument document, int backlog) {
    List<ListenerConfig> listeners =
        document.listeners().stream().filter(ListenerConfig::enabled).toList();
    List<Shortage> shortages = new ArrayList<>();
    openFiles(machine, listeners, document, backlog).ifPresent(shortages::add);
    backlog(machine, listeners, backlog).ifPresent(shortages::add);
    document.serverGroups().stream()
        .flatMap(group -> outgoingPorts(machine, group, listeners).stream())
        .forEach(shortages::add);
    machine
        .memory()
        .ifPresent(
            memory -> {
              bounds(memory, own).ifPresent(shortages::add);
              flows(memory, listeners).ifPresent(shortages::add);
            });
    return new LimitsReport(summary(machine, own), shortages);
  }

  private static Optional<Shortage> openFiles(
      MachineLimits machine,
      List<ListenerConfig> listeners,
      BalancerDocument document,
      int backlog) {
    long flows = 0;
    List<String> unlimited = new ArrayList<>();
    for (ListenerConfig listener : listeners) {
      if (listener.maxConnections() == 0) {
        unlimited.add(listener.name());
      }
      flows += listener.maxConnections() == 0 ? backlog : listener.maxConnections();
    }
    long probes =
        document.serverGroups().stream().mapToLong(group -> group.backends().size()).sum();
    long needed = FILES_PER_FLOW * flows + probes + OWN_FILES;
    if (machine.openFiles().isEmpty() || machine.openFiles().getAsLong() >= needed) {
      return Optional.empty();
    }
    String counted =
        unlimited.isEmpty()
            ? ""
            : "; without max-connections, counted as "
                + backlog
                + ": "
                + String.join(", ", unlimited);
    return Optional.of(
        new Shortage(
            "open-files",
            Long.toString(machine.openFiles().getAsLong()),
            Long.toString(needed),
            flows
                + " flows of "
                + FILES_PER_FLOW
                + ", "
                + probes
                + " health checks, "
                + OWN_FILES
                + " of our own"
                + counted,
            "raise the hard limit of open files (ulimit -Hn, LimitNOFILE=, --ulimit nofile=), or"
                + " lower max-connections"));
  }

  private static Optional<Shortage> backlog(
      MachineLimits machine, List<ListenerConfig> listeners, int backlog) {
    if (listeners.isEmpty()
        || machine.backlog().isEmpty()
        || machine.backlog().getAsLong() >= backlog) {
      return Optional.empty();
    }
    return Optional.of(
        new Shortage(
            "net.core.somaxconn",
            Long.toString(machine.backlog().getAsLong()),
            Integer.toString(backlog),
            "clients that may wait to be accepted by one listener",
            "sysctl net.core.somaxconn=" + backlog));
  }

  /** A port is taken once per backend address: the kernel tells connections apart by both ends. */
  private static Optional<Shortage> outgoingPorts(
      MachineLimits machine, ServerGroupConfig group, List<ListenerConfig> listeners) {
    List<BackendConfig> usable =
        group.backends().stream()
            .filter(backend -> backend.state() == BackendConfig.State.READY && backend.weight() > 0)
            .toList();
    if (usable.isEmpty() || machine.outgoingPorts().isEmpty()) {
      return Optional.empty();
    }
    long flows =
        listeners.stream()
            .filter(listener -> sendsTo(listener, group.name()))
            .mapToLong(ListenerConfig::maxConnections)
            .sum();
    if (usable.stream().allMatch(backend -> backend.maxConnections() > 0)) {
      flows = Math.min(flows, usable.stream().mapToLong(BackendConfig::maxConnections).sum());
    }
    long ports = machine.outgoingPorts().getAsLong();
    if (flows <= ports * usable.size()) {
      return Optional.empty();
    }
    return Optional.of(
        new Shortage(
            "net.ipv4.ip_local_port_range",
            Long.toString(ports),
            Long.toString(Math.ceilDiv(flows, usable.size())),
            flows
                + " flows to server group "
                + group.name()
                + " over "
                + usable.size()
                + " backends",
            "sysctl net.ipv4.ip_local_port_range='1024 65535', more backends, or lower"
                + " max-connections"));
  }

  private static boolean sendsTo(ListenerConfig listener, String group) {
    return Stream.concat(
            listener.serverGroup().stream(),
            listener.sniRoutes().stream().map(SniRoute::serverGroup))
        .anyMatch(group::equals);
  }

  private static Optional<Shortage> bounds(MachineLimits.Memory memory, OwnMemory own) {
    long outside = MemoryShares.outsideBytes(memory.bytes());
    long needed = own.heapBytes() + own.directBytes() + outside;
    if (needed <= memory.bytes()) {
      return Optional.empty();
    }
    return Optional.of(
        new Shortage(
            "memory",
            mebibytes(memory.bytes()),
            mebibytes(needed),
            String.format(
                Locale.ROOT,
                "heap %s, buffers %s, %s besides; %s",
                mebibytes(own.heapBytes()),
                mebibytes(own.directBytes()),
                mebibytes(outside),
                memory.source()),
            "lower -Xmx or -D" + DirectMemory.PROPERTY + ", or allow more memory"));
  }

  private static Optional<Shortage> flows(
      MachineLimits.Memory memory, List<ListenerConfig> listeners) {
    long flows = listeners.stream().mapToLong(ListenerConfig::maxConnections).sum();
    long needed = MemoryShares.IDLE_PROCESS_BYTES + flows * MemoryShares.IDLE_FLOW_BYTES;
    if (flows == 0 || needed <= memory.bytes()) {
      return Optional.empty();
    }
    return Optional.of(
        new Shortage(
            "memory",
            mebibytes(memory.bytes()),
            mebibytes(needed),
            flows + " flows, idle; " + memory.source(),
            "lower max-connections, or allow more memory"));
  }

  private static String summary(MachineLimits machine, OwnMemory own) {
    return String.format(
        Locale.ROOT,
        "limits open-files=%s backlog=%s outgoing-ports=%s memory=%s heap=%s buffers=%s",
        machine.openFiles().isPresent() ? machine.openFiles().getAsLong() : "unlimited",
        machine.backlog().isPresent() ? machine.backlog().getAsLong() : "unknown",
        machine.outgoingPorts().isPresent() ? machine.outgoingPorts().getAsLong() : "unknown",
        machine
            .memory()
            .map(memory -> mebibytes(memory.bytes()) + "/" + memory.source())
            .orElse("unknown"),
        mebibytes(own.heapBytes()),
        mebibytes(own.directBytes()));
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + "MiB";
  }
}
