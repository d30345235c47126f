package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A document with one TCPSSL listener, described step by step. */
final class TlsDocuments {

  private final Path directory;
  private final List<CertificateConfig> certificates = new ArrayList<>();
  private String listener = "web";
  private Policy policy = new Policy.Named(TlsConfig.DEFAULT_POLICY);
  private boolean legacy;
  private SniMatch sniMatch = SniMatch.WILDCARD;
  private UnknownSni unknownSni = UnknownSni.DEFAULT;
  private ClientAuth clientAuth = ClientAuth.NONE;
  private List<String> alpn = List.of();
  private Session session = Session.DEFAULT;

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
    Optional<ServerTls> tls = ServerTls.prepare(listener(), document(), engine, problems);
    assertThat(problems.hasErrors()).as("%s", problems.all()).isFalse();
    return tls.orElseThrow();
  }

  /** The problems and warnings it is refused or prepared with. */
  List<Problem> problems(TlsEngine engine) {
    Problems problems = new Problems("test");
    Optional<ServerTls> tls = ServerTls.prepare(listener(), document(), engine, problems);
    assertThat(tls.isEmpty()).as("%s", problems.all()).isEqualTo(problems.hasErrors());
    tls.ifPresent(ServerTls::close);
    return problems.all();
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
