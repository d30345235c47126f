package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.FileParts;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.config.Protocol;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.config.TlsConfig.Session;
import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.config.TlsConfig.UnknownSni;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.RunningListener;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** A document with one TCPSSL listener, described step by step. */
final class TlsDocuments {

  private final Path directory;
  private final List<CertificateConfig> certificates = new ArrayList<>();
  private String listener = "web";
  private Policy policy = new Policy.Named(TlsConfig.DEFAULT_POLICY);
  private boolean legacy;
  private TlsHandling handling = RunningListener.handlingInUse();
  private RsaSigning signing = RsaSigning.byBoringSsl();
  private SniMatch sniMatch = SniMatch.WILDCARD;
  private UnknownSni unknownSni = UnknownSni.DEFAULT;
  private ClientAuth clientAuth = ClientAuth.NONE;
  private List<String> alpn = List.of();
  private Session session = Session.DEFAULT;
  private Optional<ServerTls> earlier = Optional.empty();
  private InstantSource clock = InstantSource.system();
  private LongSupplier nanoTime = System::nanoTime;

  TlsDocuments(Path directory) {
    this.directory = directory;
  }

  TlsDocuments with(String name, IssuedCertificate certificate) {
    IssuedCertificate.Paths files = certificate.writePem(directory, name);
    return with(
        name, new CertificateConfig.Source.Pem(files.chain(), files.key(), Optional.empty()));
  }

  TlsDocuments with(String name, CertificateConfig.Source source) {
    certificates.add(new CertificateConfig(name, source));
    return this;
  }

  /** With an OCSP response beside it. */
  TlsDocuments stapled(String name, IssuedCertificate certificate, Path response) {
    IssuedCertificate.Paths files = certificate.writePem(directory, name);
    var source = new CertificateConfig.Source.Pem(files.chain(), files.key(), Optional.empty());
    certificates.add(new CertificateConfig(name, source, Optional.of(response)));
    return this;
  }

  /** As the listener's next revision after that one. */
  TlsDocuments after(ServerTls revision) {
    this.earlier = Optional.of(revision);
    return this;
  }

  TlsDocuments clock(InstantSource instants) {
    this.clock = instants;
    return this;
  }

  TlsDocuments nanoTime(LongSupplier nanos) {
    this.nanoTime = nanos;
    return this;
  }

  TlsDocuments keyFile(Path file) {
    this.session = new Session(true, Duration.ofSeconds(300), Optional.of(file));
    return this;
  }

  TlsDocuments named(String name) {
    this.listener = name;
    return this;
  }

  TlsDocuments policy(String name) {
    return policy(new Policy.Named(name));
  }

  TlsDocuments policy(Policy value) {
    this.policy = value;
    return this;
  }

  TlsDocuments handling(TlsHandling value) {
    this.handling = value;
    return this;
  }

  TlsDocuments signing(RsaSigning value) {
    this.signing = value;
    return this;
  }

  TlsDocuments legacy() {
    this.legacy = true;
    return this;
  }

  TlsDocuments longestSuffix() {
    this.sniMatch = SniMatch.LONGEST_SUFFIX;
    return this;
  }

  TlsDocuments rejectUnknownSni() {
    this.unknownSni = UnknownSni.REJECT;
    return this;
  }

  TlsDocuments clientAuth(ClientAuth value) {
    this.clientAuth = value;
    return this;
  }

  TlsDocuments alpn(String... protocols) {
    this.alpn = List.of(protocols);
    return this;
  }

  TlsDocuments session(boolean tickets, Duration lifetime) {
    this.session = new Session(tickets, lifetime);
    return this;
  }

  /** Prepared, with nothing to complain about. */
  ServerTls prepare(TlsEngine engine) {
    Problems problems = new Problems("test");
    Optional<ServerTls> tls = prepare(engine, problems);
    assertThat(problems.hasErrors()).as("%s", problems.all()).isFalse();
    return tls.orElseThrow();
  }

  /** The problems and warnings it is refused or prepared with. */
  List<Problem> problems(TlsEngine engine) {
    Problems problems = new Problems("test");
    Optional<ServerTls> tls = prepare(engine, problems);
    assertThat(tls.isEmpty()).as("%s", problems.all()).isEqualTo(problems.hasErrors());
    tls.ifPresent(ServerTls::release);
    return problems.all();
  }

  private Optional<ServerTls> prepare(TlsEngine engine, Problems problems) {
    FileParts parts = FileParts.of(Optional.empty(), problems);
    try (TlsLoading loading =
        new TlsLoading(document(), engine, handling, signing, parts, problems, clock, nanoTime)) {
      return ServerTls.prepare(listener(), loading, earlier);
    }
  }

  BalancerDocument document() {
    return new BalancerDocument(List.of(listener()), List.of(), certificates, List.of());
  }

  ListenerConfig listener() {
    TlsConfig tls =
        new TlsConfig(
            policy,
            certificates.stream().map(CertificateConfig::name).toList(),
            legacy,
            sniMatch,
            unknownSni,
            clientAuth,
            alpn,
            session);
    return new ListenerConfig(
        listener,
        "",
        Map.of(),
        Protocol.TCPSSL,
        "127.0.0.1",
        443,
        true,
        Optional.of("app"),
        ListenerConfig.DEFAULT_IDLE_TIMEOUT,
        ListenerConfig.DEFAULT_HANDSHAKE_TIMEOUT,
        ListenerConfig.DEFAULT_HALF_CLOSE_TIMEOUT,
        0,
        Optional.empty(),
        OnLimit.RESET,
        Optional.empty(),
        Optional.of(tls),
        List.of());
  }
}
