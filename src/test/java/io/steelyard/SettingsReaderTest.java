package io.steelyard;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.steelyard.admin.AdminSettings;
import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.admin.Role;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.control.DrainTimes;
import io.steelyard.telemetry.AccessLogSettings;
import io.steelyard.telemetry.AccessLogSettings.Target;
import io.steelyard.tls.RsaSigner;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {

  private final Problems problems = new Problems("process settings");

  @Test
  void read_nothing_givesTheDefaults() {
    Settings settings = read(Map.of());

    assertThat(problems.all()).isEmpty();
    assertThat(settings)
        .isEqualTo(
            new Settings(
                Optional.empty(),
                Runtime.getRuntime().availableProcessors(),
                TlsEngine.BORINGSSL,
                TlsHandling.NATIVE,
                RsaSigner.AUTO,
                DrainTimes.DEFAULT,
                false,
                AccessLogSettings.DEFAULT,
                AdminSettings.DEFAULT,
                8443));
  }

  @Test
  void read_everySetting_isTaken() {
    Settings settings =
        read(
            Map.ofEntries(
                entry("steelyard.config", "/etc/x.yaml"),
                entry("steelyard.event-loops", "3"),
                entry("steelyard.tls-engine", "JDK"),
                entry("steelyard.tls-handler", "Netty"),
                entry("steelyard.rsa-signer", "OpenSSL"),
                entry("steelyard.shutdown-delay", "500ms"),
                entry("steelyard.drain-timeout", "2m"),
                entry("steelyard.drain-spread", "50%"),
                entry("steelyard.takeover", "true"),
                entry("steelyard.access-log.file", "access.log"),
                entry("steelyard.access-log.sample", "10%"),
                entry("steelyard.access-log.probes", "true"),
                entry("steelyard.admin.tokens-file", "tokens"),
                entry("steelyard.admin.anonymous", "loopback-read"),
                entry("steelyard.admin.write-back", "false"),
                entry("steelyard.admin.tls.certificate", "a.crt"),
                entry("steelyard.admin.tls.key", "a.key"),
                entry("steelyard.admin.tls.client-ca", "ca.crt"),
                entry("steelyard.admin.tls.client-role", "viewer"),
                entry("steelyard.demo-port", "9443")));

    assertThat(problems.all()).isEmpty();
    assertThat(settings)
        .isEqualTo(
            new Settings(
                Optional.of(Path.of("/etc/x.yaml")),
                3,
                TlsEngine.JDK,
                TlsHandling.NETTY,
                RsaSigner.OPENSSL,
                new DrainTimes(Duration.ofMillis(500), Duration.ofMinutes(2), 0.5),
                true,
                new AccessLogSettings(new Target.File(Path.of("access.log")), 0.1, true),
                new AdminSettings(
                    Optional.of(Path.of("tokens")),
                    true,
                    false,
                    Optional.of(
                        new AdminTls(
                            Path.of("a.crt"),
                            Path.of("a.key"),
                            Optional.of(Path.of("ca.crt")),
                            Optional.of(Role.VIEWER)))),
                9443));
  }

  @ParameterizedTest
  @CsvSource({"100, 1", "25, 0.25", "0.25, 0.25", "0, 0", "1, 1", "12.5%, 0.125"})
  void read_sample_takesShareAndPerCent(String written, double share) {
    Settings settings = read(Map.of("steelyard.access-log.sample", written));

    assertThat(problems.all()).isEmpty();
    assertThat(settings.accessLog().sampleShare()).isEqualTo(share);
  }

  @ParameterizedTest
  @CsvSource({
    "steelyard.event-loops, 0",
    "steelyard.event-loops, 1025",
    "steelyard.event-loops, two",
    "steelyard.tls-engine, openssl",
    "steelyard.tls-handler, jdk",
    "steelyard.rsa-signer, native",
    "steelyard.shutdown-delay, 301s",
    "steelyard.shutdown-delay, -1s",
    "steelyard.shutdown-delay, soon",
    "steelyard.drain-timeout, 86401",
    "steelyard.drain-spread, 1.5",
    "steelyard.drain-spread, 120%",
    "steelyard.access-log.sample, 101",
    "steelyard.access-log.sample, all",
    "steelyard.access-log.probes, maybe",
    "steelyard.admin.anonymous, read",
    "steelyard.admin.write-back, maybe",
    "steelyard.admin.tls.client-role, admin",
    "steelyard.demo-port, 65536"
  })
  void read_outOfRange_isAProblemOfThatSetting(String name, String value) {
    read(Map.of(name, value));

    assertThat(problems.all()).extracting(Problem::path).containsExactly(name);
    assertThat(problems.hasErrors()).isTrue();
  }

  @Test
  void read_adminCertificateWithoutKey_isAProblem() {
    read(Map.of("steelyard.admin.tls.certificate", "a.crt"));

    assertThat(problems.all()).extracting(Problem::path).containsExactly("steelyard.admin.tls.key");
  }

  @Test
  void read_severalWrong_saysAllAtOnce() {
    read(Map.of("steelyard.drain-spread", "2", "steelyard.tls-engine", "x"));

    assertThat(problems.all()).hasSize(2);
  }

  private Settings read(Map<String, String> written) {
    ProcessSettings mapping =
        new SmallRyeConfigBuilder()
            .withMapping(ProcessSettings.class)
            .withSources(new PropertiesConfigSource(written, "test", 1))
            .build()
            .getConfigMapping(ProcessSettings.class);
    return SettingsReader.read(mapping, problems);
  }
}
