package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ListenerConfig;
import io.steelyard.control.Snapshot.Served;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.CertificateStatus;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.listener.Listener;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads what runs into records. */
final class StatusView {

  private StatusView() {}

  /**
   * The listeners of the document.
   *
   * @param leaving whose flows still count for the listener of their name
   */
  static List<ListenerStatus> listeners(
      Snapshot snapshot, Collection<Listener> leaving, boolean accepting) {
    return snapshot.loaded().document().listeners().stream()
        .map(config -> listener(config, snapshot.listener(config.name()), leaving, accepting))
        .toList();
  }

  private static ListenerStatus listener(
      ListenerConfig config,
      Optional<Served> served,
      Collection<Listener> leaving,
      boolean accepting) {
    int drainingFlows =
        leaving.stream()
            .filter(listener -> listener.name().equals(config.name()))
            .mapToInt(Listener::openFlowCount)
            .sum();
    return new ListenerStatus(
        config.name(),
        config.protocol(),
        config.address(),
        served.map(one -> one.port().port()).orElse(config.port()),
        config.enabled(),
        served.isPresent() && accepting,
        served.map(one -> one.listener().openFlowCount()).orElse(0) + drainingFlows,
        drainingFlows,
        config.maxConnections());
  }

  /** All groups. */
  static List<GroupStatus> groups(Snapshot snapshot) {
    return snapshot.groups().all().stream().map(StatusView::group).toList();
  }

  private static GroupStatus group(ServerGroup group) {
    return new GroupStatus(
        group.config().name(),
        group.isFailOpen(),
        group.waiting(),
        group.backends().stream().map(StatusView::backend).toList());
  }

  private static BackendStatus backend(Backend backend) {
    return new BackendStatus(
        backend.config().address(),
        backend.state(),
        backend.health(),
        backend.connections(),
        backend.connectionsTotal(),
        backend.effectiveWeight());
  }

  /** Each once, whichever listeners serve it. */
  static List<CertificateStatus> certificates(Snapshot snapshot) {
    return snapshot.loaded().serverTls().values().stream()
        .flatMap(tls -> tls.certificates().stream())
        .map(
            served ->
                new CertificateStatus(
                    served.name(), served.keyType().toLowerCase(Locale.ROOT), served.notAfter()))
        .distinct()
        .toList();
  }
}
