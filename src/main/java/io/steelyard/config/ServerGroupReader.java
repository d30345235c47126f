package io.steelyard.config;

import io.steelyard.config.HealthCheckConfig.Type;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Reads one entry of {@code server-groups}. */
final class ServerGroupReader {

  private static final int MAX_BACKENDS = 10_000;

  private static final Choice<SchedulerType> SCHEDULER =
      Choice.of(SchedulerType.class).notYet("tuple-hash", "power-of-two", "first", "least-latency");
  private static final Choice<BackendProtocol> BACKEND_PROTOCOL =
      Choice.of(BackendProtocol.class).notYet("http", "https", "h2");
  private static final Choice<OnAllDown> ON_ALL_DOWN = Choice.of(OnAllDown.class);
  private static final Choice<BackendConfig.State> STATE = Choice.of(BackendConfig.State.class);
  private static final Choice<BackendTlsConfig.Verify> VERIFY =
      Choice.of(BackendTlsConfig.Verify.class);
  private static final Choice<ProxyProtocol.Version> SEND = Choice.of(ProxyProtocol.Version.class);
  private static final Choice<ProxyProtocol.Tlv> TLV = Choice.of(ProxyProtocol.Tlv.class);
  private static final Form<String> KEEP =
      Forms.of("keep", text -> Optional.of(text).filter("keep"::equals));

  private final Form<Path> file;

  ServerGroupReader(Path directory) {
    this.file = Forms.file(directory);
  }

  Located<ServerGroupConfig> read(Section section) {
    OptionalInt defaultPort =
        section
            .optional("default-port", Forms.number(1, ListenerReader.MAX_PORT))
            .map(OptionalInt::of)
            .orElseGet(OptionalInt::empty);
    HealthCheckConfig healthCheck =
        section
            .section("health-check")
            .map(HealthCheckReader::read)
            .orElse(HealthCheckConfig.DEFAULT);
    BackendProtocol protocol =
        section.value("backend-protocol", BACKEND_PROTOCOL, BackendProtocol.TCP);
    ServerGroupConfig group =
        new ServerGroupConfig(
            section.required("name", Forms.NAME, ""),
            section.value("scheduler", SCHEDULER, SchedulerType.WEIGHTED_ROUND_ROBIN),
            backends(section, defaultPort),
            section.section("queue").map(ServerGroupReader::queue).orElse(Queue.DEFAULT),
            protocol,
            tls(section, protocol, healthCheck.type()),
            section
                .section("proxy-protocol")
                .map(ServerGroupReader::proxyProtocol)
                .orElse(ProxyProtocol.NONE),
            section.value(
                "connect-timeout",
                Forms.duration("100ms", "300s"),
                ServerGroupConfig.DEFAULT_CONNECT_TIMEOUT),
            section.value("retries", Forms.number(0, 10), ServerGroupConfig.DEFAULT_RETRIES),
            section.value(
                "drain-timeout",
                Forms.duration("0s", "86400s"),
                ServerGroupConfig.DEFAULT_DRAIN_TIMEOUT),
            section.value("drain-spread", Forms.SHARE, ServerGroupConfig.DEFAULT_DRAIN_SPREAD),
            section.value("on-all-down", ON_ALL_DOWN, OnAllDown.REJECT),
            healthCheck);
    later(section);
    section.end();
    return new Located<>(section.path(), group);
  }

  private static List<BackendConfig> backends(Section group, OptionalInt defaultPort) {
    Form<BackendAddress> addressForm = BackendAddress.form(defaultPort);
    if (!group.has("backends")) {
      group.missing("backends", "1.." + MAX_BACKENDS + " backends");
    } else if (group.isEmptyList("backends")) {
      group.error("backends", "an empty list", "1.." + MAX_BACKENDS + " backends");
    }
    List<Section> sections = group.sections("backends", MAX_BACKENDS, false);
    List<BackendAddress> addresses =
        sections.stream()
            .map(backend -> backend.required("address", addressForm, BackendAddress.PLACEHOLDER))
            .toList();
    if (defaultPort.isPresent() && addresses.stream().noneMatch(BackendAddress::defaulted)) {
      group.withoutEffect("backends", "as every backend has its port", "default-port");
    }
    return IntStream.range(0, sections.size())
        .mapToObj(i -> backend(sections.get(i), addresses.get(i)))
        .toList();
  }

  private static BackendConfig backend(Section section, BackendAddress address) {
    BackendConfig backend =
        new BackendConfig(
            address.text(),
            address.host(),
            address.port(),
            section.value(
                "weight", Forms.number(0, BackendConfig.MAX_WEIGHT), BackendConfig.DEFAULT_WEIGHT),
            section.value("state", STATE, BackendConfig.State.READY),
            section.value("max-connections", Forms.number(0, ListenerReader.MAX_CONNECTIONS), 0));
    section.notYetUnless("backup", Forms.OFF, false);
    section.end();
    return backend;
  }

  private static Queue queue(Section section) {
    Queue queue =
        new Queue(
            section.value("size", Forms.number(0, 100_000), Queue.DEFAULT.size()),
            section.value("timeout", Forms.duration("100ms", "300s"), Queue.DEFAULT.timeout()));
    if (queue.size() == 0) {
      section.withoutEffect("size", "with size 0", "timeout");
    }
    section.end();
    return queue;
  }

  /** Flows and probes verify alike, so either makes the settings count. */
  private Optional<BackendTlsConfig> tls(Section group, BackendProtocol protocol, Type probe) {
    Optional<BackendTlsConfig> tls = group.section("tls").map(this::backendTls);
    boolean used = protocol == BackendProtocol.TLS || probe == Type.TLS || probe == Type.HTTPS;
    if (!used) {
      if (!group.refused("health-check")) {
        group.withoutEffect(
            "backend-protocol", "with backend-protocol tcp and no TLS probes", "tls");
      }
      return Optional.empty();
    }
    return Optional.of(tls.orElse(BackendTlsConfig.DEFAULT));
  }

  private BackendTlsConfig backendTls(Section section) {
    BackendTlsConfig tls =
        new BackendTlsConfig(
            section.value("verify", VERIFY, BackendTlsConfig.DEFAULT.verify()),
            section.optional("ca", file),
            section.optional("server-name", Forms.DNS_NAME),
            section.optional("certificate", Forms.CERTIFICATE));
    if (tls.verify() == BackendTlsConfig.Verify.NONE) {
      section.warning("verify", "none: whoever answers is trusted", "full or chain");
      section.withoutEffect("verify", "with verify none", "ca");
    }
    section.end();
    return tls;
  }

  private static ProxyProtocol proxyProtocol(Section section) {
    ProxyProtocol.Version send = section.value("send", SEND, ProxyProtocol.Version.NONE);
    List<ProxyProtocol.Tlv> tlvs = section.list("tlvs", TLV, ProxyProtocol.Tlv.values().length);
    boolean carried = send == ProxyProtocol.Version.V2;
    if (!carried) {
      section.withoutEffect("send", "unless send is v2", "tlvs");
    }
    section.end();
    return new ProxyProtocol(send, carried ? new LinkedHashSet<>(tlvs) : new LinkedHashSet<>());
  }

  /** What this version does not do, said instead of ignored. */
  private static void later(Section group) {
    group.notYetUnless("slow-start", Forms.ZERO, 0);
    group.notYetUnless("on-unhealthy", KEEP, "keep");
    group.notYetUnless("min-healthy", Forms.ZERO, 0);
    group.notYet(
        "session-persistence", "no session-persistence; source-ip-hash keeps clients together");
    if (group.holdsSection("outlier-ejection")) {
      group.section("outlier-ejection").ifPresent(section -> outlierEjection(group, section));
    } else {
      group.notYet("outlier-ejection", "consecutive-failures: 0");
    }
  }

  private static void outlierEjection(Section group, Section section) {
    Form<Integer> off = Forms.ZERO;
    if (!section.has("consecutive-failures")) {
      group.notYet("outlier-ejection", "consecutive-failures: 0");
      return;
    }
    if (section.notYetUnless("consecutive-failures", off, 0)) {
      return;
    }
    section.optional("base", Forms.duration("1s", "3600s"));
    section.optional("cap", Forms.duration("1s", "86400s"));
    section.optional("max-share", Forms.SHARE);
    section.withoutEffect(
        "consecutive-failures", "with consecutive-failures 0", "base", "cap", "max-share");
    section.end();
  }
}
