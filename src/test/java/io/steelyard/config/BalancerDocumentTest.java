package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.CertificateConfig.Source;
import io.steelyard.config.HealthCheckConfig.Method;
import io.steelyard.config.HealthCheckConfig.StatusRange;
import io.steelyard.config.ListenerConfig.AccessConfig;
import io.steelyard.config.ListenerConfig.OnLimit;
import io.steelyard.config.ListenerConfig.RateLimit;
import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.steelyard.config.ServerGroupConfig.BackendProtocol;
import io.steelyard.config.ServerGroupConfig.BackendTlsConfig;
import io.steelyard.config.ServerGroupConfig.OnAllDown;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.Queue;
import io.steelyard.config.ServerGroupConfig.SchedulerType;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.config.TlsConfig.Session;
import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.config.TlsConfig.UnknownSni;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/**
 * The defaults of every record, and {@code full.yaml}, where every property stands at another
 * value.
 */
class BalancerDocumentTest {

  private static final Path FULL = Path.of("src/test/resources/config/full.yaml");
  private static final String FINGERPRINT =
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

  @Test
  void read_onlyRequiredKeys_givesDefaults() {
    BalancerDocument document = Documents.valid(Documents.tls("").replace("web, }", "web}"));

    TlsConfig tls =
        new TlsConfig(
            new Policy.Named("intermediate"),
            List.of("web"),
            false,
            SniMatch.WILDCARD,
            UnknownSni.DEFAULT,
            new ClientAuth(ClientAuth.Mode.NONE, Optional.empty(), 3, Optional.empty()),
            List.of(),
            new Session(true, Duration.ofSeconds(300)));
    assertThat(document.listeners())
        .containsExactly(
            new ListenerConfig(
                "web",
                "",
                Map.of(),
                Protocol.TCPSSL,
                "::",
                443,
                true,
                Optional.of("app"),
                Duration.ofSeconds(900),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                0,
                Optional.empty(),
                OnLimit.RESET,
                Optional.empty(),
                Optional.of(tls),
                List.of()));
    assertThat(document.serverGroups())
        .containsExactly(
            new ServerGroupConfig(
                "app",
                SchedulerType.WEIGHTED_ROUND_ROBIN,
                List.of(
                    new BackendConfig(
                        "10.0.0.11:8080", "10.0.0.11", 8080, 100, BackendConfig.State.READY, 0)),
                new Queue(0, Duration.ofSeconds(5)),
                BackendProtocol.TCP,
                Optional.empty(),
                ProxyProtocol.NONE,
                Duration.ofSeconds(5),
                3,
                Duration.ofSeconds(300),
                0.2,
                OnAllDown.REJECT,
                new HealthCheckConfig(
                    HealthCheckConfig.Type.TCP,
                    OptionalInt.empty(),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5),
                    3,
                    3,
                    Method.GET,
                    "/",
                    Optional.empty(),
                    List.of(new StatusRange(200, 399)))));
    assertThat(document.certificates())
        .containsExactly(
            new CertificateConfig(
                "web",
                new Source.Pem(
                    Path.of("/etc/steelyard/web.crt"),
                    Path.of("/etc/steelyard/web.key"),
                    Optional.empty())));
    assertThat(document.ipGroups()).isEmpty();
  }

  @Test
  void read_everyListenerKey_isTaken() throws IOException {
    List<ListenerConfig> listeners = full().listeners();

    TlsConfig tls =
        new TlsConfig(
            new Policy.Custom(
                List.of("TLSv1.2", "TLSv1.3"),
                List.of("ECDHE-ECDSA-AES128-GCM-SHA256"),
                List.of("X25519", "P-256")),
            List.of("web-ecdsa", "partner"),
            true,
            SniMatch.LONGEST_SUFFIX,
            UnknownSni.REJECT,
            new ClientAuth(
                ClientAuth.Mode.REQUIRED,
                Optional.of(Path.of("/etc/steelyard/clients-ca.crt")),
                4,
                Optional.of(
                    new AllowRules(
                        List.of("till"),
                        List.of("*.corp.example"),
                        List.of("spiffe://corp/till"),
                        List.of(FINGERPRINT))),
                List.of(
                    Path.of("/etc/steelyard/clients.crl"),
                    Path.of("/etc/steelyard/clients-old.crl"))),
            List.of("h2", "http/1.1"),
            new Session(
                true, Duration.ofMinutes(10), Optional.of(Path.of("/etc/steelyard/ticket.keys"))));
    assertThat(listeners.getFirst())
        .isEqualTo(
            new ListenerConfig(
                "web",
                "shop front",
                Map.of("team", "edge", "tier", "1"),
                Protocol.TCPSSL,
                "2001:db8::1",
                443,
                false,
                Optional.of("app"),
                Duration.ofMinutes(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                100_000,
                Optional.of(new RateLimit(5000, 6000)),
                OnLimit.CLOSE,
                Optional.of(new AccessConfig(AccessConfig.Mode.DENY, List.of("office"))),
                Optional.of(tls),
                List.of()));
    assertThat(listeners.getLast().sniRoutes())
        .containsExactly(
            new SniRoute(List.of("*.tenant.example"), List.of("h2"), "app"),
            new SniRoute(List.of("a.example", "b.example"), List.of(), "fallback"));
  }

  @Test
  void read_everyGroupKey_isTaken() throws IOException {
    assertThat(full().serverGroups().getFirst())
        .isEqualTo(
            new ServerGroupConfig(
                "app",
                SchedulerType.WEIGHTED_LEAST_CONNECTIONS,
                List.of(
                    new BackendConfig(
                        "10.0.0.11:8080", "10.0.0.11", 8080, 50, BackendConfig.State.DRAIN, 7),
                    new BackendConfig(
                        "[2001:DB8::1]:80",
                        "2001:db8::1",
                        80,
                        0,
                        BackendConfig.State.MAINTENANCE,
                        0),
                    new BackendConfig(
                        "[2001:db8::2]:8080",
                        "2001:db8::2",
                        8080,
                        100,
                        BackendConfig.State.READY,
                        0)),
                new Queue(10, Duration.ofMillis(100)),
                BackendProtocol.TLS,
                Optional.of(
                    new BackendTlsConfig(
                        BackendTlsConfig.Verify.CHAIN,
                        Optional.of(Path.of("/etc/steelyard/backends-ca.crt")),
                        Optional.of("app.internal"),
                        Optional.of("lb-client"))),
                new ProxyProtocol(ProxyProtocol.Version.V2, EnumSet.allOf(ProxyProtocol.Tlv.class)),
                Duration.ofMillis(500),
                0,
                Duration.ofMinutes(2),
                0.5,
                OnAllDown.FAIL_OPEN,
                new HealthCheckConfig(
                    HealthCheckConfig.Type.HTTPS,
                    OptionalInt.of(8081),
                    Duration.ofSeconds(4),
                    Duration.ofSeconds(4),
                    2,
                    10,
                    Method.HEAD,
                    "/healthz?deep=1",
                    Optional.of("app.internal"),
                    List.of(
                        new StatusRange(200, 200),
                        new StatusRange(204, 204),
                        new StatusRange(300, 399),
                        new StatusRange(401, 403)))));
  }

  @Test
  void read_everyCertificateAndIpGroupKey_isTaken() throws IOException {
    BalancerDocument document = full();

    assertThat(document.certificates().stream().map(CertificateConfig::source))
        .startsWith(
            new Source.Pem(
                Path.of("/etc/steelyard/web.crt"),
                Path.of("/etc/steelyard/web.key"),
                Optional.of(Path.of("/secret/web.pass"))),
            new Source.Pkcs12(
                Path.of("/etc/steelyard/partner.p12"),
                Optional.of(Path.of("/etc/steelyard/partner.pass"))));
    assertThat(document.certificate("partner").orElseThrow().ocspResponse())
        .contains(Path.of("/etc/steelyard/partner.ocsp"));
    assertThat(document.ipGroups())
        .containsExactly(
            new IpGroupConfig(
                "office",
                List.of("192.0.2.0/24", "2001:db8::/32"),
                Optional.of(Path.of("/etc/steelyard/office.txt"))));
  }

  @Test
  void read_fullDocument_hasNoProblem() throws IOException {
    assertThat(Documents.problems(Files.readString(FULL))).isEmpty();
  }

  private static BalancerDocument full() throws IOException {
    return Documents.valid(Files.readString(FULL));
  }
}
